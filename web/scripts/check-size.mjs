// Prints what a customer downloads, and fails the build when that is more than is fair to one on a phone.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const dist = new URL('../dist/', import.meta.url).pathname;
const page = readdirSync(join(dist, 'assets')).filter((name) => name.endsWith('.js'));

const parts = [
  {
    name: 'page, all scripts',
    files: ['theme.js', ...page.map((name) => `assets/${name}`)],
    limit: 150,
  },
  { name: 'widget, loader', files: ['widget.js'], limit: 5 },
  { name: 'widget, chat', files: ['widget-app.js'], limit: 120 },
];

for (const { name, files, limit } of parts) {
  const bytes = files.map((file) => gzipSync(readFileSync(join(dist, file))).length);
  const kilobytes = bytes.reduce((sum, each) => sum + each, 0) / 1000;
  process.stdout.write(`${name}: ${kilobytes.toFixed(1)} kB gzip (limit ${limit} kB)\n`);
  if (kilobytes > limit) process.exitCode = 1;
}
