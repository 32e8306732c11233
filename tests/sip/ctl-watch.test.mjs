// offhookctl at a terminal: top and watch with a call on the line, colours, completion of what the switch knows.
import assert from 'node:assert/strict';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import test from 'node:test';
import { BUILD, TOP, offhookctl, scenario } from './support/harness.mjs';

const shellIsMissing = shell => spawnSync('sh', ['-c', `command -v ${shell}`]).status !== 0 && `no ${shell}`;
const PROGRAM = join(BUILD, 'bin/offhookctl');

const run = (program, args, env = {}) => new Promise(resolve => {
	execFile(program, args, { timeout: 60000, env: { ...process.env, ...env } },
		(error, stdout, stderr) => resolve({ code: error ? error.code : 0, stdout, stderr }));
});

// What bash offers for the last of `words`.
async function offered(world, ...words) {
	const { code, stdout, stderr } = await run('bash', ['-c', `source "$1"; shift
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_offhookctl offhookctl "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD - 1]}"
		printf '%s\\n' "\${COMPREPLY[@]}"`, 'bash', join(TOP, 'contrib/bash-completion/offhookctl'), PROGRAM, '-s', world.socket, ...words]);
	assert.equal(code, 0, stderr);
	return stdout.trim().split('\n');
}

// What fish offers for a line.
async function offeredByFish(world, line) {
	const { code, stdout, stderr } = await run('fish', ['--no-config', '-c', `set -p PATH ${join(BUILD, 'bin')}
		source ${join(TOP, 'contrib/fish/offhookctl.fish')}
		complete -C 'offhookctl -s ${world.socket} ${line}'`]);
	assert.equal(code, 0, stderr);
	return stdout.split('\n').filter(Boolean).map(one => one.split('\t')[0]).sort();
}

// What zsh lists for a line.
async function offeredByZsh(world, line) {
	const { code, stdout, stderr } = await run('zsh', ['-f', join(TOP, 'tests/sip/support/zsh-complete'), join(TOP, 'contrib/zsh'), `offhookctl -s ${world.socket} ${line}`],
		{ PATH: `${join(BUILD, 'bin')}:${process.env.PATH}`, TERM: 'dumb' });
	assert.equal(code, 0, stderr);
	return stdout.split(/[\r\n]/).filter(one => one && !/offhookctl|echo|^.$/.test(one)).flatMap(one => one.trim().split(/ +/)).filter(one => one && one !== 'DONE').sort();
}

const NUMBERS = `number "+15550009003" { conference = "standup" }
number "+15550009004" { echo = true }`;

scenario('top and watch show what is live', { numbers: NUMBERS }, async world => {
	const ctl = (...args) => offhookctl('-s', world.socket, ...args);
	const caller = await (await world.trunk()).call('+15550009004');
	await caller.response(200);
	caller.rtp.sendTone(440);
	await caller.rtp.hear(440);
	const { call } = await world.control.event('call.state', params => params.call.status === 'in-progress');
	const lines = (await ctl('watch', '1', '2')).stdout.trim().split('\n');
	assert.match(lines[0], /^TIME +CALLS +CALLS\/S +REFUSED\/S +PACKETS\/S +SENT\/S +LOST\/S +CPU % +LATE MS$/);
	assert.equal(lines.length, 3);
	for (const line of lines.slice(1))
		assert.match(line, /^\d\d:\d\d:\d\d\.\d{3} +1 +0\.0 +0\.0 +[1-9]\d* +[1-9]\d* +\d/);
	const one = JSON.parse((await ctl('watch', '1', '1', '--json')).stdout);
	assert.equal(one.calls, 1);
	assert.ok(one.packets_in_per_second > 0 && one.packets_out_per_second > 0 && one.tick_late_p99_ms >= 0, JSON.stringify(one));
	const top = await ctl('top', '1', '1');
	assert.equal(top.code, 0, top.stderr);
	assert.match(top.stdout, /^calls +1 of at most 8000, /m);
	assert.match(top.stdout, /^trunks +1 of 1 up, phones 0$/m);
	assert.match(top.stdout, new RegExp(`^${call.id.slice(0, 8)} +in-progress +inbound `, 'm'));
	assert.ok(!top.stdout.includes('\x1b'), 'colours without a terminal');
	for (const wrong of [['0'], ['x'], ['3601'], ['1', '0'], ['1', '1', '1']])
		assert.equal((await ctl('watch', ...wrong)).code, 2, wrong.join(' '));
	await caller.bye();
});

scenario('watch ends with the switch, and says so', { numbers: NUMBERS }, async world => {
	const child = spawn(PROGRAM, ['-s', world.socket, 'watch', '1']);
	let said = '';
	child.stderr.on('data', data => { said += data; });
	const code = new Promise(resolve => child.on('close', resolve));
	await new Promise(resolve => child.stdout.once('data', resolve));
	await world.switch.end();
	assert.equal(await code, 3);
	assert.match(said, /^offhookctl: offhookd has ended\.$/m);
});

scenario('colours are for terminals', { numbers: NUMBERS }, async world => {
	const caller = await (await world.trunk()).call('+15550009004');
	await caller.response(200);
	await world.control.event('call.state', params => params.call.status === 'in-progress');
	const at = (env, ...args) => run('script', ['-qec', [PROGRAM, '-s', world.socket, ...args].join(' '), '/dev/null'], { TERM: 'xterm', NO_COLOR: '', ...env });
	const shown = (await at({}, 'calls')).stdout;
	assert.match(shown, /\x1b\[1mSTATUS\x1b\[0m/);
	assert.match(shown, /\x1b\[32min-progress\x1b\[0m/);
	assert.ok(!(await at({ NO_COLOR: '1' }, 'calls')).stdout.includes('\x1b'));
	assert.ok(!(await at({ TERM: 'dumb' }, 'calls')).stdout.includes('\x1b'));
	await caller.bye();
});

scenario('completion knows calls, users and conferences', { numbers: NUMBERS }, async world => {
	await world.registered('alice');
	const caller = await (await world.trunk()).call('+15550009003');
	await caller.response(200);
	const { call } = await world.control.event('call.state', params => params.call.status === 'in-progress');
	assert.deepEqual(await offered(world, 'doc'), ['doctor']);
	// "  users, trunks   who …", "  call ID   …"
	const commands = (await offhookctl('--help')).stdout.split('\n').flatMap(line => line.match(/^ {2}((?:[a-z]+, )*[a-z]+)(?: |$)/)?.[1].split(', ') ?? []);
	assert.ok(commands.includes('trunks') && commands.includes('doctor'), commands.join());
	const known = await offered(world, '');
	for (const command of commands)
		assert.ok(known.includes(command), `${command} is not completed`);
	assert.deepEqual(await offered(world, 'hangup', call.id.slice(0, 3)), [call.id]);
	assert.deepEqual(await offered(world, 'conference', 's'), ['standup']);
	assert.deepEqual(await offered(world, 'originate', 'c'), ['carol']);
	assert.deepEqual(await offered(world, 'registrations', 'remove', ''), ['-c', '-s', '--json', '--wait', '--help', 'alice']);
	assert.deepEqual(await offered(world, 'rate', '+15550001', 'd'), ['default']);
	assert.deepEqual(await offered(world, 'bans', 'l'), ['lift']);
	assert.deepEqual(await offered(world, 'originate', 'alice', '--f'), ['--from', '--follow']);
	await caller.bye();
});

for (const [shell, ask] of [['fish', offeredByFish], ['zsh', offeredByZsh]]) {
	const missing = shellIsMissing(shell);
	if (missing)
		test(`completion of ${shell}`, { skip: missing }, () => {});
	else scenario(`completion of ${shell} knows the same`, { numbers: NUMBERS }, async world => {
		await world.registered('alice');
		const caller = await (await world.trunk()).call('+15550009003');
		await caller.response(200);
		const { call } = await world.control.event('call.state', params => params.call.status === 'in-progress');
		const commands = (await offhookctl('--help')).stdout.split('\n').flatMap(line => line.match(/^ {2}([a-z]+(?: ID)?(?:, [a-z]+(?: ID)?)*)/)?.[1].split(', ').map(one => one.split(' ')[0]) ?? []);
		assert.deepEqual((await ask(world, '')).filter(one => /^[a-z]/.test(one)), [...new Set(commands)].sort());
		assert.deepEqual(await ask(world, 'hangup '), [call.id]);
		assert.deepEqual(await ask(world, 'calls --user '), ['alice', 'bob', 'carol']);
		assert.deepEqual(await ask(world, 'calls --trunk '), ['carrier']);
		assert.deepEqual(await ask(world, `record ${call.id} `), ['pause', 'resume', 'stop']);
		assert.deepEqual(await ask(world, `transfer ${call.id} `), ['alice', 'bob', 'carol']);
		assert.deepEqual(await ask(world, 'conference '), ['standup']);
		assert.deepEqual(await ask(world, 'registrations remove '), ['alice']);
		assert.deepEqual(await ask(world, 'shutdown --d'), ['--drain']);
		await caller.bye();
	});
}
