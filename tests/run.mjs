// Runs test files as "node --test" does, a few at a time: they wait more than they work. node 18 has no option for that.
import { availableParallelism, cpus } from 'node:os';
import { resolve } from 'node:path';
import { run } from 'node:test';
import { spec as Spec } from 'node:test/reporters';

const cores = availableParallelism?.() ?? cpus().length;
const files = process.argv.slice(2).map(file => resolve(file));
// A file that hangs is a failure of its own, and the others are run and counted.
const stream = run({ files, timeout: 600_000, concurrency: Math.min(2 * cores, 8) });
stream.on('test:fail', () => { process.exitCode = 1; });
stream.compose(new Spec()).pipe(process.stdout);
