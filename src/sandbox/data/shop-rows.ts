/** The rows of the shop: generated, the same every time, with gaps in their ids and out of order. */
import type { Json } from '../../json.js';
import { hashPassword } from '../api/logins.js';
import type { LocalRow, LocalRows } from './model.js';
import { type Dice, rollingFrom } from './random.js';
import { rowOf, rowsOf } from './rows.js';

/** The password of every user of the shop. */
export const SHOP_PASSWORD = 'correct horse battery staple';

/**
 * The login path of the shop's API groups, and its body: the answer's `authToken` is for endpoints that need
 * a login.
 */
export const SHOP_LOGIN = {
  path: '/api:Bbi3Wu6V/auth/login',
  body: { email: 'ada@example.com', password: SHOP_PASSWORD },
} as const;

/** What an order can be. */
export const ORDER_STATUSES = ['pending', 'paid', 'shipped', 'delivered', 'cancelled'] as const;
/** What a user can be. */
export const USER_ROLES = ['owner', 'staff', 'support'] as const;

const FIRST_NAMES = [
  'Ada',
  'Björn',
  'Chloé',
  'Dmitri',
  'Edsger',
  'Fatima',
  'Grace',
  'Hiro',
  'Ines',
  'João',
  'Łukasz',
];
const LAST_NAMES = [
  'Lovelace',
  'Östberg',
  "O'Neill",
  'García',
  'Dijkstra',
  'Hopper',
  'Nakamura',
  'Núñez',
  'Żak',
  'Li',
];
const CITIES = ['Lisbon', 'Zürich', 'Kraków', '東京', 'São Paulo', 'Reykjavík', 'Austin', "L'Aquila"];
const MERCHANTS = [
  'Northwind Traders',
  'Crème & Co.',
  'Tiny Tools',
  'Bücherwurm',
  'Polar Supply',
  'Casa "Sol"',
  'Kumo 雲',
  'Green Door',
  'Old Mill',
  'Sail & Rope',
  'Lumen',
  'Third Bakery',
];
const CATEGORIES = ['Kitchen', 'Garden', 'Books', 'Toys', 'Office', 'Travel', 'Audio', 'Lighting'];
const MATERIALS = ['Oak', 'Steel', 'Linen', 'Glass', 'Cork', 'Ceramic', 'Copper', 'Wool'];
const THINGS = [
  'lamp',
  'kettle',
  'notebook',
  'chair',
  'backpack',
  'speaker',
  'vase',
  'clock',
  'tray',
  'blanket',
];
const TAGS = ['new', 'sale', 'gift', 'limited', 'bestseller'];

// 2025-01-01 and 2026-06-30, in milliseconds.
const FROM_MS = 1_735_689_600_000;
const TO_MS = 1_782_777_600_000;

/** A row's values but for its id. */
type Values = { readonly [column: string]: Json };

// About one row in five was deleted, and about one in seven was updated, which moves it in the stored order.
function numbered(count: number, seed: number, values: (dice: Dice, id: number) => Values): LocalRows {
  const dice = rollingFrom(seed);
  const rows: LocalRow[] = [];
  for (let id = 1; rows.length < count; id += dice.chance(0.2) ? dice.whole(2, 4) : 1) {
    rows.push(rowOf({ id, ...values(dice, id) }));
  }
  return asChanged(rows, dice);
}

function asChanged(rows: readonly LocalRow[], dice: Dice): LocalRows {
  const [first, ...others] = rows;
  const changed = new Set(others.filter(() => dice.chance(0.15)));
  const untouched = others.filter((row) => !changed.has(row));
  // The first row was always updated: otherwise a small table might be in the order of its ids.
  return rowsOf([...untouched, ...changed, ...(first === undefined ? [] : [first])]);
}

/** Twelve merchants. */
export function merchantRows(count = MERCHANTS.length): LocalRows {
  return numbered(count, 11, (dice, id) => ({
    created_at: dice.whole(FROM_MS, TO_MS),
    name: `${MERCHANTS[id % MERCHANTS.length]!}${id > MERCHANTS.length ? ` ${id}` : ''}`,
    city: dice.pick(CITIES),
    rating: dice.whole(10, 50) / 10,
    active: dice.chance(0.8),
    // PHP's spelling of an empty object.
    settings: dice.chance(0.3) ? [] : { currency: dice.pick(['EUR', 'JPY', 'BRL']), vat: dice.chance(0.5) },
  }));
}

/** Categories, two levels of them. */
export function categoryRows(): LocalRows {
  return numbered(CATEGORIES.length, 12, (dice, id) => ({
    created_at: dice.whole(FROM_MS, TO_MS),
    name: CATEGORIES[id % CATEGORIES.length]!,
    parent_id: id > 4 ? dice.whole(1, 4) : null,
  }));
}

/** People who work for merchants and log in. */
export function userRows(count = 500): LocalRows {
  return numbered(count, 13, (dice, id) => {
    const first = dice.pick(FIRST_NAMES);
    return {
      created_at: dice.whole(FROM_MS, TO_MS),
      name: `${first} ${dice.pick(LAST_NAMES)}`,
      email: id === 1 ? 'ada@example.com' : `user${id}@example.com`,
      password: hashPassword(SHOP_PASSWORD, `s${id}`),
      role: dice.pick(USER_ROLES),
      merchant_id: dice.whole(1, 16),
      last_login: dice.chance(0.3) ? null : dice.whole(FROM_MS, TO_MS),
      reset_secret: dice.uuid(),
    };
  });
}

/** Things for sale. */
export function productRows(count = 1_000): LocalRows {
  return numbered(count, 14, (dice, id) => ({
    created_at: dice.whole(FROM_MS, TO_MS),
    updated_at: dice.whole(FROM_MS, TO_MS),
    name: `${dice.pick(MATERIALS)} ${dice.pick(THINGS)}`,
    sku: `SKU-${String(id).padStart(5, '0')}`,
    price: dice.whole(199, 49_999) / 100,
    stock: dice.whole(0, 250),
    category_id: dice.whole(1, 10),
    merchant_id: dice.whole(1, 16),
    tags: TAGS.filter(() => dice.chance(0.25)),
    attributes: dice.chance(0.2)
      ? []
      : { color: dice.pick(['red', 'blue', 'natural']), weight_g: dice.whole(50, 9_000) },
    description: dice.chance(0.15) ? null : `Made in ${dice.pick(CITIES)}.\nCare: wipe with a "damp" cloth.`,
    discontinued: dice.chance(0.1),
  }));
}

/** Who buys; the primary key is a UUID. */
export function customerRows(count = 800): LocalRows {
  const dice = rollingFrom(15);
  const rows = Array.from({ length: count }, (_, at) =>
    rowOf({
      id: dice.uuid(),
      created_at: dice.whole(FROM_MS, TO_MS),
      name: `${dice.pick(FIRST_NAMES)} ${dice.pick(LAST_NAMES)}`,
      email: `customer${at + 1}@example.com`,
      birthday: dice.chance(0.4)
        ? null
        : `${dice.whole(1940, 2007)}-0${dice.whole(1, 9)}-${dice.whole(10, 28)}`,
      newsletter: dice.chance(0.5),
      address: dice.chance(0.1)
        ? []
        : { street: `${dice.pick(LAST_NAMES)} Street ${dice.whole(1, 200)}`, city: dice.pick(CITIES) },
      location: dice.chance(0.3)
        ? null
        : { type: 'point', data: { lng: dice.whole(-1799, 1799) / 10, lat: dice.whole(-899, 899) / 10 } },
    }),
  );
  return asChanged(rows, dice);
}

/** What was bought, by the customers given. */
export function orderRows(customers: LocalRows, count = 5_000): LocalRows {
  return numbered(count, 16, (dice, id) => {
    const quantity = dice.whole(1, 5);
    const status = dice.pick(ORDER_STATUSES);
    return {
      created_at: FROM_MS + id * 7_200_000 + dice.whole(0, 7_199_999),
      customer_id: String(dice.pick(customers.sorted).key),
      product_id: dice.whole(1, 1_250),
      quantity,
      total: (quantity * dice.whole(199, 49_999)) / 100,
      status,
      shipped_at: status === 'shipped' || status === 'delivered' ? dice.whole(FROM_MS, TO_MS) : null,
      gift_note: dice.chance(0.9) ? '' : 'Herzlichen Glückwunsch! 🎁',
      discounts: dice.chance(0.8) ? [] : [dice.whole(1, 50) / 100],
    };
  });
}
