// A test that fails leaves what it had started: programs, servers, connections. They would keep its file's process, and with it the whole
// run, from ending. Imported by every harness: once the file's tests are over, what still holds the process is given a few seconds, and
// then the process ends, with the programs that it has started. A file whose tests all clean up ends at once, as without this.
import { after } from 'node:test';

const GRACE_MS = 5000;
const programs = new Set();

// Notes a child process (of node:child_process); returns it.
export function noted(child) {
	programs.add(child);
	child.once('exit', () => programs.delete(child));
	return child;
}

process.on('exit', () => {
	for (const child of programs)
		child.kill('SIGKILL');
});

after(() => {
	setTimeout(() => {
		if (programs.size)
			console.error(`${process.argv[1]}: ended with ${programs.size} programs of its own still running`);
		process.exit();
	}, GRACE_MS).unref();
});
