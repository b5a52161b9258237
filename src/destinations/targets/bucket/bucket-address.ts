/** What the name of a bucket means: which one, and what its keys begin with. Pure. */
import { XanoError } from '../../../errors.js';
import { didYouMean } from '../../../names.js';

/** A place in a bucket by its name. */
export interface BucketAddress {
  /** The name, with a slash at its end and without parameters. */
  readonly label: string;
  readonly scheme: 's3' | 'r2';
  readonly bucket: string;
  /** What all keys begin with: empty, or with a slash at its end. */
  readonly prefix: string;
  /** The account of Cloudflare R2. */
  readonly account: string | undefined;
  /** How much of the bucket one query may download, in megabytes. */
  readonly query_mb: number;
}

/** Schemes of buckets, of which some are refused with a hint. */
const SCHEME = /^(s3a?|r2|gs|gcs|az|azure|abfss?|wasbs?):/i;

/** What one query may download where the name does not say it, in megabytes. */
const QUERY_MB = 1024;

/** As Amazon S3 and R2 name buckets; older ones have capitals and underscores. */
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/;

/** Steps of a prefix: what needs no escape in a URL of any server, and those of partitions. */
const STEP = /^[A-Za-z0-9 _.=,~@+-]{1,200}$/;

const PARAMETERS = ['account', 'query_mb'];

/** Whether a name is that of a bucket, of whatever kind. */
export const isBucket = (name: string): boolean => SCHEME.test(name);

/** How people call a bucket, by its name. Throws USAGE. */
export const bucketLabel = (name: string): string => parseBucket(name).label;

/** Reads the name of a place in a bucket. Throws USAGE. */
export function parseBucket(name: string): BucketAddress {
  const scheme = SCHEME.exec(name)?.[1]?.toLowerCase();
  if (scheme !== 's3' && scheme !== 'r2') throw refusedScheme(scheme ?? '');
  const at = name.indexOf('?');
  const rest = (at < 0 ? name : name.slice(0, at)).slice(scheme.length + 1);
  const [, bucket = '', path = ''] = /^\/\/([^/]*)\/?(.*)$/s.exec(rest) ?? [];
  if (bucket.includes('@'))
    throw refusal(
      'The name of a bucket holds no keys: other users of this computer could read them.',
      'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE.',
    );
  if (!BUCKET.test(bucket))
    throw refusal(`"${bucket || name}" is not the name of a bucket; expected ${scheme}://bucket/prefix.`);
  const steps = path.split('/').filter((step, index, all) => step !== '' || index < all.length - 1);
  for (const step of steps)
    if (!STEP.test(step) || step === '.' || step === '..')
      throw refusal(
        `"${step}" cannot be a part of a prefix; expected letters without accents, digits, and any of - _ . = , ~ @ +.`,
      );
  const prefix = steps.map((step) => `${step}/`).join('');
  return {
    label: `${scheme}://${bucket}/${prefix}`,
    scheme,
    bucket,
    prefix,
    ...parametersOf(at < 0 ? '' : name.slice(at + 1), scheme),
  };
}

/** Throws USAGE for a parameter that is not known, comes twice, or has no value that fits. */
function parametersOf(text: string, scheme: string): Pick<BucketAddress, 'account' | 'query_mb'> {
  const given = new URLSearchParams(text);
  for (const [name, value] of given) {
    if (!PARAMETERS.includes(name))
      throw refusal(
        `A bucket has no parameter "${name}"${didYouMean(PARAMETERS, name)}`,
        'Set AWS_REGION, AWS_PROFILE and AWS_ENDPOINT_URL in the environment.',
      );
    if (value === '' || given.getAll(name).length > 1)
      throw refusal(`The parameter "${name}" is ${value === '' ? 'empty' : 'given twice'}.`);
  }
  const account = given.get('account') ?? undefined;
  if (account !== undefined && (scheme !== 'r2' || !/^[0-9a-z]{1,64}$/.test(account)))
    throw refusal(
      'The parameter "account" is the id of a Cloudflare account; expected r2://bucket?account=ID.',
    );
  const mb = given.get('query_mb') ?? String(QUERY_MB);
  if (!/^[1-9]\d{0,7}$/.test(mb))
    throw refusal(`The parameter "query_mb" is "${mb}"; expected a whole number of megabytes.`);
  return { account, query_mb: Number(mb) };
}

const refusal = (
  message: string,
  hint = 'Name one: --to s3://bucket/prefix, or --to "r2://bucket/prefix?account=ID".',
): XanoError => new XanoError('USAGE', message, { hint });

/** Stores that this program cannot write to without the risk that two loads overwrite each other. */
function refusedScheme(scheme: string): XanoError {
  const copy = (command: string): string => `Load into a folder (--to out/), then copy it: ${command}.`;
  if (scheme === 's3a') return refusal('"s3a:" is a name of Hadoop; expected s3://bucket/prefix.');
  if (scheme === 'gs' || scheme === 'gcs')
    return refusal(
      `xano cannot write to "${scheme}:": Google Cloud Storage does not take the conditions of S3 that keep two loads apart.`,
      copy('gcloud storage rsync --recursive out gs://bucket/prefix'),
    );
  return refusal(
    `xano cannot write to "${scheme}:": Azure does not speak the protocol of S3.`,
    copy('azcopy sync out "https://account.blob.core.windows.net/container/prefix"'),
  );
}
