// Fails the build when the page's scripts together are larger than is fair to a customer on a phone.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const LIMIT_KB = 150;
const dist = new URL('../dist/', import.meta.url).pathname;

const scripts = readdirSync(dist, { recursive: true }).filter((name) => name.endsWith('.js'));
const bytes = scripts.reduce(
  (sum, name) => sum + gzipSync(readFileSync(join(dist, name))).length,
  0,
);
const kilobytes = bytes / 1000;
process.stdout.write(`all scripts: ${kilobytes.toFixed(1)} kB gzip (limit ${LIMIT_KB} kB)\n`);
process.exitCode = kilobytes > LIMIT_KB ? 1 : 0;
