/**
 * Names of columns that hold personal data, in several languages.
 * This room tells which columns of a table look personal.
 * In: names, Xano's types and marks, a few values.
 * Out: kinds of personal data, with the reasons. No value leaves it.
 */

/** A kind of personal data. */
export type PersonalKind =
  | 'email'
  | 'phone'
  | 'name'
  | 'address'
  | 'birthday'
  | 'national_id'
  | 'bank'
  | 'card'
  | 'ip'
  | 'location'
  | 'device'
  | 'special'
  | 'secret'
  | 'photo';

/** How sure a reason is. */
export type Sureness = 'high' | 'medium' | 'low';

/**
 * Words of names, folded: lower case, without accents and separators. The first line of a kind is sure; the
 * second may mean something else.
 */
const WORDS: readonly (readonly [PersonalKind, sure: string, perhaps: string])[] = [
  ['email', 'email mail emailaddress mailaddress correo courriel epost', ''],
  [
    'phone',
    'phone phonenumber telephone mobile mobilephone cellphone telefon telefonnummer handy telefono celular telefone movil fax whatsapp',
    'tel cell',
  ],
  [
    'name',
    'firstname lastname fullname surname givenname familyname middlename maidenname birthname vorname nachname familienname prenom nomdefamille apellido apellidos nombrecompleto cognome sobrenome voornaam achternaam',
    'username displayname nickname contactname customername holdername nombre nom nome',
  ],
  [
    'address',
    'street streetaddress address addressline addressline1 addressline2 postaladdress homeaddress strasse hausnummer adresse direccion indirizzo endereco adres',
    'zip zipcode postcode postalcode plz codepostal codigopostal cap city ort ville ciudad citta cidade',
  ],
  [
    'birthday',
    'birthday birthdate dateofbirth dob geburtsdatum geburtstag datedenaissance naissance fechadenacimiento nacimiento datadinascita nascita datadenascimento nascimento geboortedatum',
    'age alter edad',
  ],
  [
    'national_id',
    'ssn socialsecurity socialsecuritynumber passport passportnumber nationalid taxid taxnumber steuerid steuernummer sozialversicherungsnummer ausweisnummer personalausweis driverslicense drivinglicense dni nif nie cpf codicefiscale bsn nino personnummer aadhaar pesel',
    'idnumber vatid',
  ],
  ['bank', 'iban bic swift accountnumber bankaccount kontonummer bankleitzahl routingnumber sortcode', ''],
  ['card', 'cardnumber creditcard creditcardnumber ccnumber kreditkarte cvv cvc', ''],
  ['ip', 'ip ipaddress ipaddr remoteip remoteaddr clientip lastip signupip', ''],
  [
    'location',
    'latitude longitude latlng geolocation homelocation lastlocation',
    'lat lng location coordinates',
  ],
  ['device', 'useragent deviceid advertisingid idfa macaddress fingerprint', 'cookie sessionid'],
  [
    'special',
    'gender sex religion ethnicity race nationality maritalstatus diagnosis disability bloodtype geschlecht religione sexo genre salary income gehalt salaire',
    'health notesmedical',
  ],
  [
    'secret',
    'password passwordhash passwort motdepasse contrasena secret secretkey apikey accesstoken refreshtoken resettoken resetsecret authtoken pin',
    'token hash',
  ],
  ['photo', 'avatar profilepicture profilephoto profileimage passportphoto selfie', 'photo'],
];

const KINDS = new Map<string, readonly [PersonalKind, Sureness]>(
  WORDS.flatMap(([kind, sure, perhaps]) => [
    ...wordsIn(perhaps).map((word) => [word, [kind, 'low']] as const),
    ...wordsIn(sure).map((word) => [word, [kind, 'high']] as const),
  ]),
);

function wordsIn(text: string): string[] {
  return text.split(' ').filter((word) => word !== '');
}

/** The longest name that is taken apart, in characters. */
const MOST_NAME = 200;

/** What a column's name says; undefined for one that says nothing. */
export function personalName(
  name: string,
): { readonly kind: PersonalKind; readonly sure: Sureness } | undefined {
  const parts = partsOf(name.slice(0, MOST_NAME));
  const complete = KINDS.get(parts.join(''));
  if (complete !== undefined) return { kind: complete[0], sure: complete[1] };
  // Part of a name, such as billing_email or contact_first_name: the longest words count.
  for (let length = Math.min(4, parts.length); length > 0; length--)
    for (let at = 0; at + length <= parts.length; at++) {
      const found = KINDS.get(parts.slice(at, at + length).join(''));
      if (found?.[1] === 'high') return { kind: found[0], sure: 'medium' };
    }
  return undefined;
}

/** The words of a name: `billingEmail` and `billing_email` have two. */
function partsOf(name: string): string[] {
  return name
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .replaceAll('ß', 'ss')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]/)
    .filter((part) => part !== '');
}
