// The applications of examples/, each started by its one command. Those that were started are ended with the test file.
import { after } from 'node:test';
import { spawn, spawnSync } from 'node:child_process';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './harness.mjs';

const EXAMPLES = path.resolve(fileURLToPath(import.meta.url), '../../../examples');
const running = [];
after(() => running.forEach(child => child.kill()));

const hasPython = spawnSync('python3', ['-c', 'pass']).status === 0;

function freePort() {
	return new Promise(ok => {
		const it = net.createServer().listen(0, '127.0.0.1', () => {
			const { port } = it.address();
			it.close(() => ok(port));
		});
	});
}

// Starts a command that serves a port; resolves when it can be connected to.
async function start(command, args, options) {
	const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
	let text = '';
	for (const stream of [child.stdout, child.stderr])
		stream.setEncoding('utf8').on('data', more => { text += more; });
	running.push(child);
	const port = Number(args.at(-1));
	await until(() => new Promise((ok, fail) => {
		if (child.exitCode !== null)
			fail(new Error(`${command} ${args.join(' ')} ended: ${text}`));
		const socket = net.connect(port, '127.0.0.1').on('connect', () => { socket.destroy(); ok(true); }).on('error', () => ok(false));
	}), `${args.join(' ')} to be ready`);
	return { port, output: () => text };
}

// By language: a function that starts the application of that name. `url(step)` is where a step of it is, `output` what it has printed.
export const languages = {
	node: async name => {
		const { port, output } = await start('node', [path.join(EXAMPLES, `${name}.mjs`), await freePort()]);
		return { url: step => `http://127.0.0.1:${port}/${step}`, output };
	},
	...(hasPython && {
		python: async name => {
			const { port, output } = await start('python3', [path.join(EXAMPLES, `${name}.py`), await freePort()]);
			return { url: step => `http://127.0.0.1:${port}/${step}`, output };
		},
		cgi: async name => {
			const { port, output } = await start('python3', ['-m', 'http.server', '--cgi', '--bind', '127.0.0.1', await freePort()], { cwd: path.join(EXAMPLES, 'cgi') });
			return { url: step => `http://127.0.0.1:${port}/cgi-bin/${name}${step && `?step=${step}`}`, output };
		},
	}),
};
