/** How programs reach the bucket of the S3 server. */
import { inject } from 'vitest';

const s3 = inject('s3');

/** The environment in which the bucket of the server suites is reached. */
export const BUCKET_ENV = {
  AWS_ACCESS_KEY_ID: s3.access_key_id,
  AWS_SECRET_ACCESS_KEY: s3.secret_access_key,
  AWS_REGION: s3.region,
  AWS_ENDPOINT_URL: s3.endpoint,
} as const;
