/**
 * A place in a bucket as a target: the same objects as the files of a Parquet folder, with the same names and
 * footers. A folder on this computer mirrors it while a load runs; each object is written by one conditional
 * request.
 */
import { dirname, join } from 'node:path';
import { CAPABILITIES } from '../../capabilities.js';
import type { PlaceOptions, Target, TargetPlace, TargetTools } from '../../target.js';
import { openFolderTarget } from '../parquet-folder/folder-target.js';
import { makeStagingFolder, stagingFileOf } from '../staging-place.js';
import { type BucketAddress, parseBucket } from './bucket-address.js';
import { bucketFiles } from './bucket-files.js';
import { bucketLeases } from './bucket-lease.js';
import { mirrorFolder } from './mirror-folder.js';
import { openObjects } from './s3/objects.js';
import { openAccess } from './s3/open-access.js';

/** Where rows for a bucket are staged on this computer. */
export const bucketStaging = ({ label }: BucketAddress, options: PlaceOptions): string =>
  stagingFileOf(label, options);

/** A place in a bucket by its name. Throws USAGE. */
export function bucketPlace(name: string, options: PlaceOptions): TargetPlace {
  const address = parseBucket(name);
  const staging_file = bucketStaging(address, options);
  const folder = mirrorFolder(dirname(staging_file));
  const scratch = join(`${staging_file}.tmp`, 'target.duckdb');
  return {
    label: address.label,
    capabilities: CAPABILITIES.bucket,
    path: staging_file.replace(/\.staging$/, ''),
    staging_file,
    database_files: [scratch],
    folders: [folder.path],
    open: (tools) => openBucket(address, { staging_file, scratch, folder }, tools),
  };
}

function openBucket(
  address: BucketAddress,
  {
    staging_file,
    scratch,
    folder,
  }: {
    readonly staging_file: string;
    readonly scratch: string;
    readonly folder: ReturnType<typeof mirrorFolder>;
  },
  tools: TargetTools,
): Target {
  const { label } = address;
  const objects = openObjects(openAccess(address, tools.sleep));
  const files = bucketFiles({
    objects,
    label,
    folder: folder.path,
    makeFolder: () => {
      makeStagingFolder(dirname(staging_file));
      folder.make();
    },
    sleep: tools.sleep,
  });
  const leases = bucketLeases(objects, label);
  const target = openFolderTarget(
    { on_disk: staging_file, folder: folder.path, files, scratch, tools, known: new Map() },
    {
      // Only the server knows, until the load looks at it for the last time.
      isAbsent: files.isEmpty,
      assertWritable: () => makeStagingFolder(dirname(staging_file)),
      lease: leases.take,
      close: async () => {
        await leases.release();
        folder.remove();
      },
    },
  );
  return {
    ...target,
    look: (purpose) => {
      if (purpose === 'write') files.pin();
      return target.look(purpose);
    },
    // A load that brought nothing makes nothing.
    record: async (report, server_limits) => {
      if (!(await files.holdsNothing())) await target.record(report, server_limits);
    },
  };
}
