/** Loaded before the program into a dashboard and its loads: a load also writes its log, and what it used, to the file that BENCH_LOG names. */
import fs = require('node:fs');

if (process.argv[2] === 'load') {
  const log = fs.openSync(process.env['BENCH_LOG']!, 'a');
  const write = process.stderr.write.bind(process.stderr) as (...given: unknown[]) => boolean;
  process.stderr.write = ((chunk: string | Uint8Array, ...rest: unknown[]) => {
    fs.writeSync(log, chunk as string);
    return write(chunk, ...rest);
  }) as typeof process.stderr.write;
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime } = process.resourceUsage();
    const used = { type: 'used', cpu_s: (userCPUTime + systemCPUTime) / 1e6 };
    fs.writeSync(log, `${JSON.stringify(used)}\n`);
  });
}
