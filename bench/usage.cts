/** Loaded into a measured Node process before its program: writes what the process used to the file that BENCH_USAGE names, as it ends. */
import fs = require('node:fs');

process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const used = { cpu_s: (userCPUTime + systemCPUTime) / 1e6, rss_mb: maxRSS / 1024 };
  fs.writeFileSync(process.env['BENCH_USAGE']!, JSON.stringify(used));
});
