// offhookctl against a real switch.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { BUILD, offhookctl, scenario } from './support/harness.mjs';
import { poll } from './support/wait.mjs';

const ctl = (world, ...args) => offhookctl('-s', world.socket, ...args);

async function good(world, ...args) {
	const { code, stdout, stderr } = await ctl(world, ...args);
	assert.equal(code, 0, `${args.join(' ')}: ${stderr}`);
	return stdout;
}

scenario('status, lists and their JSON', {}, async world => {
	await world.registered('alice');
	assert.match(await good(world, 'status'), /^registrations +1$/m);
	assert.match(await good(world, 'registrations'), /^USER +CONTACT.*\nalice +sip:alice@127\.0\.0\.1:\d+ .* (9m\d\ds|10m00s) .* reachable/);
	assert.match(await good(world, 'users'), /^carol +\+15550001003 +default +0$/m);
	assert.match(await good(world, 'trunks'), /^carrier +127\./m);
	assert.match(await good(world, 'calls'), /^No call is live\.$/m);
	assert.equal(JSON.parse(await good(world, 'status', '--json')).registrations, 1);
	assert.equal(JSON.parse(await good(world, '--json', 'users')).users.length, 3);
	const { code, stdout } = await world.ctl('status');
	assert.equal(code, 0);
	assert.match(stdout, /^switch +[0-9a-f-]{36}$/m);
});

scenario('a script is checked by the API', {}, async world => {
	await world.startApi();
	const file = join(world.dir, 'menu.xml');
	const check = text => {
		writeFileSync(file, text);
		return world.ctl('script', 'check', file);
	};
	assert.deepEqual(await check('<Response><Say>Hi</Say></Response>'), { code: 0, stdout: '', stderr: '' });
	const warned = await check('<Response>\n <Say voise="x">Hi</Say>\n</Response>');
	assert.equal(warned.code, 0);
	assert.equal(warned.stdout, `${file}:2:7: warning: <Say> voise is not known, and passed over; possible: voice, language, loop.\n`);
	const broken = await check('<Response><Say></Response>');
	assert.equal(broken.code, 1);
	assert.match(broken.stdout, /^\S+menu\.xml:1:\d+: error: The XML is broken/);
	assert.match((await check('[{"action":"dance"}]')).stdout, /:1:3: warning: <dance> /);
	assert.equal((await world.ctl('script', 'check', join(world.dir, 'nothing.xml'))).code, 2);
	assert.equal((await world.ctl('script', 'dance', file)).code, 2);
});

scenario('a script is run without a call', {}, async world => {
	await world.startApi();
	const file = join(world.dir, 'menu.xml'), next = join(world.dir, 'next.xml');
	const script = (...args) => world.ctl('script', 'run', ...args);
	writeFileSync(file, '<Response>\n <Gather numDigits="1" action="/key"><Say>Press 1</Say></Gather>\n</Response>');
	writeFileSync(next, '<Response><Dial>+15551112222</Dial><Say>Nobody is there</Say></Response>');
	const done = await script(file, '--url', 'https://h.test/menu', '--given', `https://h.test/key=${next}`, '--keys', '1', '--callees', 'busy', '--dialect', 'twilio', '--from', '+15557778888');
	assert.equal(done.code, 0, done.stderr);
	assert.match(done.stdout, /^ +0\.000 +caller +<Gather> 2:2 /m);
	assert.match(done.stdout, /hears "Press 1" \(0\.9 s, completed\)/);
	assert.match(done.stdout, /POST https:\/\/h\.test\/key .*From=\+15557778888.* Digits=1 → 200$/m);
	assert.match(done.stdout, /callee 1 +call status=busy /);
	assert.match(done.stdout, /hears "Nobody is there"/);
	assert.match(done.stdout, /All calls are over\.\n$/);
	const json = await world.ctl('--json', 'script', 'run', file, '--url', 'https://h.test/menu', '--no-fetch', '--keys', '1@0.2,hangup+3');
	assert.equal(json.code, 1); // no document is there for the key
	assert.equal(JSON.parse(json.stdout).transcript.find(e => e.type === 'caller').at_ms, 200);
	writeFileSync(file, '<Response><Pause length="60"/><Redirect/></Response>');
	const endless = await script(file, '--url', 'https://h.test/menu', '--seconds', '600');
	assert.equal(endless.code, 1);
	assert.match(endless.stdout, /600\.000 +The limit of simulated time was reached\.\n$/);
	assert.equal((await script(file, '--keys', '1@x')).code, 2);
	assert.equal((await script(file, '--given', 'nothing')).code, 2);
	assert.equal((await script(join(world.dir, 'nothing.xml'))).code, 2);
	assert.equal((await script(file, '--dialect', 'klingon')).code, 1);
	assert.equal((await world.ctl('script', 'check', file, '--keys', '1')).code, 2);
	assert.equal((await world.ctl('calls', '--keys', '1')).code, 2);
});

scenario('how late the ticks of the media workers are', { numbers: 'number "+15550009004" { echo = true }' }, async world => {
	assert.match(await good(world, 'status'), /^media workers +\d+, no tick yet$/m);
	const caller = await (await world.trunk()).call('+15550009004');
	await caller.response(200);
	caller.rtp.sendTone(440);
	await caller.rtp.hear(440);
	assert.match(await good(world, 'status'), /^media workers +\d+, ticks late p50 [\d.]+ p99 [\d.]+ max [\d.]+ ms, \d+ of \d+ skipped$/m);
	const { media } = await world.control.call('switch.status');
	assert.equal(media.sessions, 1);
	assert.equal(media.events_lost, 0);
	assert.ok(media.ticks > 5, JSON.stringify(media));
	const { p50, p99, max } = media.tick_late_us;
	assert.ok(p50 <= p99 && p99 <= max, JSON.stringify(media));
	await caller.bye();
});

scenario('what the far end itself says of what it hears', { numbers: 'number "+15550009004" { echo = true }' }, async world => {
	const caller = await (await world.trunk()).call('+15550009004');
	await caller.response(200);
	caller.rtp.sendTone(440);
	await caller.rtp.hear(440);
	const { call } = await world.control.event('call.state', params => params.call.status === 'in-progress');
	assert.doesNotMatch(await good(world, 'call', call.id), /far end hears/);
	const metrics = Buffer.alloc(44);
	metrics.set([0x80, 207, 0, 10, 0, 0, 0, 1, 7, 0, 0, 8]);
	metrics.writeUInt32BE(caller.rtp.packets[0].ssrc, 12);
	metrics.set([64, 32, 0, 0, 0, 80], 16);
	metrics.set([127, 127, 127, 16, 127, 127, 37, 127], 28);
	caller.rtp.sendRaw(metrics, { ...caller.rtp.remote, port: caller.rtp.remote.port + 1 });
	const shown = await poll(async () => (await good(world, 'call', call.id)).match(/^far end hears .*$/m), 'its view');
	assert.match(shown[0], /^far end hears +25\.0 % lost, 12\.5 % too late, bursts of 80 ms, MOS 3\.7$/);
	await caller.bye();
});

scenario('conferences', { numbers: 'number "+15550009003" { conference = "standup" }' }, async world => {
	assert.match(await good(world, 'conferences'), /^No conference is held\.$/m);
	const caller = await (await world.trunk()).call('+15550009003');
	await caller.response(200);
	const { call } = await world.control.event('call.state', params => params.call.status === 'in-progress');
	await poll(async () => /^standup +in-progress +1\//m.test(await good(world, 'conferences')), 'the conference in the list');
	const shown = new RegExp(`^CALL +FROM +TO +JOINED[^]*^${call.id.slice(0, 8)} +carrier +\\+15550009003 +\\d`, 'm');
	assert.match(await good(world, 'conference', 'standup'), shown);
	assert.equal((await ctl(world, 'conference', 'nothing')).code, 1);
	await caller.bye();
});

scenario('originate, calls, call and hangup', {}, async world => {
	const alice = await world.registered('alice');
	const id = (await good(world, 'originate', '+15550001001', '--from', '+15550009000', '--timeout', '20', '--record')).trim();
	assert.match(id, /^[0-9a-f-]{36}$/);
	const callee = await alice.incoming();
	await callee.accept();
	await world.control.callState(id, 'in-progress');
	assert.match(await good(world, 'calls'), new RegExp(`^${id.slice(0, 8)}  in-progress  outbound  `, 'm'));
	const one = await good(world, 'call', id.slice(0, 6));
	assert.match(one, new RegExp(`^id +${id}$`, 'm'));
	assert.match(one, /^user +alice$/m);
	assert.equal(JSON.parse(await good(world, 'call', id, '--json')).call.id, id);
	assert.match(await good(world, 'hangup', id.slice(0, 8)), /^completed: ./);
	await callee.ended();
	assert.equal((await ctl(world, 'hangup', 'ffff')).code, 1);
	assert.equal((await ctl(world, 'call', '00000000-0000-4000-8000-000000000000')).code, 1);
	const refused = await ctl(world, 'originate', '+19995550000', '--from', '+15550009000');
	assert.equal(refused.code, 1);
	assert.match(refused.stderr, /\(to\)/);
});

scenario('calls that are over: why, whose, by the beginning of an id', {}, async world => {
	await world.startApi();
	const carrier = await world.trunk();
	const api = (...args) => world.ctl(...args);
	assert.deepEqual(await api('calls', '--ended'), { code: 0, stdout: 'There is no such call.\n', stderr: '' });
	const call = await carrier.call('+15550009004');
	await call.response(200);
	const { call: { id: up } } = await world.control.event('call.state', params => params.call.status === 'in-progress');
	const listed = async (...args) => {
		const { code, stdout, stderr } = await api('--json', 'calls', ...args);
		assert.equal(code, 0, stderr);
		return JSON.parse(stdout).calls.map(one => one.id);
	};
	assert.deepEqual(await listed('--trunk', 'carrier'), [up]);
	assert.deepEqual(await listed('--number', '1555000-9004'), [up]);
	assert.deepEqual(await listed('--user', 'alice'), []);
	assert.deepEqual(await listed('--number', '+15550009005'), []);
	await call.bye();
	await world.control.callState(up, 'completed');
	const down = (await good(world, 'originate', '+15550001001', '--from', '+15550009000')).trim(); // nobody is registered
	await world.control.callState(down, 'no-answer');
	await poll(async () => (await listed('--ended')).length === 2, 'both records');
	assert.deepEqual(await listed('--ended'), [down, up]);
	assert.deepEqual(await listed('--ended', '--limit', '1'), [down]);
	assert.deepEqual(await listed('--failed'), [down]);
	assert.deepEqual(await listed('--ended', '--trunk', 'carrier'), [up]);
	assert.deepEqual(await listed('--ended', '--user', 'alice'), [down]);
	assert.deepEqual(await listed('--ended', '--number', '+1 555 0009004'), [up]);
	assert.deepEqual(await listed('--ended', '--number', '+15550009000', '--failed'), [down]);
	const table = (await api('calls', '--ended')).stdout;
	assert.match(table, /^ID +WHEN +STATUS +DIRECTION +FROM +TO +LENGTH +ENDED BY +SIP +WHY$/m);
	assert.match(table, new RegExp(`^${up.slice(0, 8)}  \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d  completed  inbound  .* The caller hung up\\.$`, 'm'));
	await world.switch.kill('SIGTERM'); // it forgets them
	await world.startSwitch();
	const one = await poll(async () => {
		const shown = await api('call', down.slice(0, 8));
		return shown.code === 0 && shown.stdout;
	}, 'a call by the beginning of its id');
	assert.match(one, new RegExp(`^id +${down}$`, 'm'));
	assert.match(one, /^reason +.+\.$/m);
	assert.equal(JSON.parse((await api('--json', 'call', up)).stdout).call.status, 'completed');
	assert.match((await api('call', 'ffff0000')).stderr, /no call begins with ffff0000/);
	assert.equal((await api('calls', '--ended', '--limit', '0')).code, 2);
	assert.equal((await api('status', '--ended')).code, 2);
});

scenario('hangup of all calls, or of one trunk, user or number', { numbers: 'number "+15550009004" { echo = true }\nnumber "+15550009005" { echo = true }' }, async world => {
	const carrier = await world.trunk();
	const make = async number => {
		const call = await carrier.call(number);
		await call.response(200);
		return call;
	};
	const calls = [await make('+15550009004'), await make('+15550009005'), await make('+15550009005')];
	for (const args of [[], ['--all', '--trunk', 'carrier'], ['abcd', '--all'], ['abcd', '--number', '1']])
		assert.equal((await ctl(world, 'hangup', ...args)).code, 2, args.join(' '));
	assert.equal(await good(world, 'hangup', '--user', 'alice'), 'Ended: 0.\n');
	assert.equal(await good(world, 'hangup', '--number', '+15550009004'), 'Ended: 1.\n');
	await calls[0].ended();
	assert.equal(JSON.parse(await good(world, 'hangup', '--trunk', 'carrier', '--json')).ended, 2);
	await Promise.all([calls[1].ended(), calls[2].ended()]);
	await make('+15550009004').then(async call => {
		assert.equal(await good(world, 'hangup', '--all'), 'Ended: 1.\n');
		await call.ended();
	});
});

scenario('transfer, mute, record, digits, and any method', { numbers: 'number "+15550009004" { echo = true }' }, async world => {
	const alice = await world.registered('alice');
	const call = await (await world.trunk()).call('+15550009004');
	await call.response(200);
	const { call: { id } } = await world.control.event('call.state', params => params.call.status === 'in-progress');
	const short = id.slice(0, 8), now = async () => JSON.parse(await good(world, 'rpc', 'call.get', JSON.stringify({ call: id }))).call;
	assert.match(await good(world, 'mute', short), /not heard/);
	assert.equal((await now()).muted, true);
	await good(world, 'unmute', short);
	assert.equal((await now()).muted, undefined);
	const recording = await good(world, 'record', short);
	assert.match(recording, /^recording +[0-9a-f-]{36}\nfile +\/.*\.wav\n$/);
	await good(world, 'record', short, 'pause');
	assert.equal((await now()).recording.paused, true);
	await good(world, 'record', short, 'resume');
	await good(world, 'record', short, 'stop');
	await world.control.event('call.record_done', params => params.call.id === id);
	assert.equal((await ctl(world, 'record', short, 'again')).code, 2);
	await good(world, 'digits', short, '12#');
	assert.equal((await ctl(world, 'digits', short, 'x')).code, 1);
	await good(world, 'transfer', short, 'alice');
	const callee = await alice.incoming();
	await callee.accept();
	assert.equal(JSON.parse(await good(world, 'rpc', 'switch.status')).calls, 2);
	assert.equal((await ctl(world, 'rpc', 'switch.dance')).code, 1);
	for (const json of ['{', '[]', '"x"'])
		assert.equal((await ctl(world, 'rpc', 'call.get', json)).code, 2, json);
	await callee.bye();
	await call.ended();
});

test('help says what a command takes', async () => {
	assert.equal((await offhookctl('help')).stdout, (await offhookctl('--help')).stdout);
	const all = (await offhookctl('help')).stdout, hangup = (await offhookctl('help', 'hangup')).stdout;
	assert.match(hangup, /^ {2}hangup ID +end a call\n {2}hangup --all .*\n +end all calls.*\n$/);
	for (const line of all.split('\n').filter(one => /^ {2}[a-z]/.test(one)))
		for (const name of line.slice(2).split(/ {2}/)[0].split(', ').map(one => one.split(' ')[0]))
			assert.ok((await offhookctl('help', name)).stdout.includes(line), name);
	assert.equal((await offhookctl('help', 'dance')).code, 2);
});

scenario('originate --play follows the call to its end', {}, async world => {
	const alice = await world.registered('alice');
	const done = ctl(world, 'originate', 'alice', '--play', 'tone:beep', 'silence:100');
	const callee = await alice.incoming();
	await callee.reply(180);
	await callee.accept();
	await callee.ended();
	const { code, stdout, stderr } = await done;
	assert.equal(code, 0, stderr);
	assert.match(stdout, /call\.state +\w+ +queued[^]*ringing[^]*in-progress[^]*call\.play_done[^]*completed/);
});

scenario('events are shown as they happen, from a number on, and after a restart', {}, async world => {
	const before = (await world.control.call('switch.status')).seq;
	const alice = await world.registered('alice');
	await world.control.event('registration.changed');
	const child = spawn(join(BUILD, 'bin/offhookctl'), ['-s', world.socket, 'events', '--since', String(before)]);
	let text = '';
	const line = wanted => new Promise((resolve, reject) => {
		const look = () => wanted.test(text) && resolve();
		child.stdout.on('data', look);
		setTimeout(() => reject(new Error(`no ${wanted} in: ${text}`)), 15000).unref();
		look();
	});
	for (const stream of [child.stdout, child.stderr])
		stream.on('data', data => { text += data; });
	try {
		await line(/registration\.changed +user=alice/);
		await world.switch.kill('SIGTERM');
		await world.startSwitch();
		await line(/connected again[^]*events from/);
		await alice.register({ expires: 0 });
		await line(/reason=removed/);
	} finally {
		child.kill('SIGTERM');
		await new Promise(resolve => child.exitCode !== null ? resolve() : child.once('exit', resolve));
	}
});

scenario('users are added and taken out, and nothing is changed where that cannot be', {}, async world => {
	const api = (...args) => world.ctl(...args), file = join(world.dir, 'users.conf');
	const before = readFileSync(world.confFile, 'utf8');
	const added = await api('users', 'add', 'dave', '--number', '+15550001004');
	assert.equal(added.code, 0, added.stderr);
	const [, password] = added.stdout.match(/^user +dave\npassword +([0-9a-f]{24})\n$/);
	assert.equal(readFileSync(file, 'utf8'), `user "dave" { password = "${password}" number = "+15550001004" }\n`);
	assert.equal(readFileSync(world.confFile, 'utf8'), `${before}\n# Users that offhookctl has added.\ninclude("users.conf")\n`);
	assert.equal(statSync(file).mode & 0o777, statSync(world.confFile).mode & 0o777);
	assert.match(await good(world, 'users'), /^dave +\+15550001004 /m);
	assert.equal((await (await world.phone('dave', { password })).register()).status, 200);
	const second = JSON.parse((await api('--json', 'users', 'add', 'erin')).stdout);
	assert.equal(second.user, 'erin');
	const both = readFileSync(file, 'utf8'), conf = readFileSync(world.confFile, 'utf8');
	for (const args of [['dave'], ['alice'], ['frank', '--number', '+15550001004'], ['frank', '--number', 'none']]) {
		assert.equal((await api('users', 'add', ...args)).code, 1, args.join(' '));
		assert.deepEqual([readFileSync(file, 'utf8'), readFileSync(world.confFile, 'utf8')], [both, conf]);
	}
	for (const args of [['add'], ['add', 'a b'], ['add', 'frank', '--number', '"} x {'], ['dance', 'x'], ['remove', 'dave', 'erin'], ['--trunk', 'x']])
		assert.equal((await api('users', ...args)).code, 2, args.join(' '));
	appendFileSync(world.confFile, 'number "+15550009111" { dial = "user:dave" }\n');
	const refused = await api('users', 'remove', 'dave');
	assert.equal(refused.code, 1);
	assert.match(refused.stderr, /there is no user "dave"/);
	assert.equal(readFileSync(file, 'utf8'), both);
	assert.equal((await api('users', 'remove', 'alice')).code, 1);
	assert.equal((await api('users', 'remove', 'erin')).stdout, 'Removed: erin.\n');
	assert.doesNotMatch(await good(world, 'users'), /^erin /m);
	await world.switch.kill('SIGTERM');
	const alone = await api('users', 'add', 'erin');
	assert.equal(alone.code, 0);
	assert.match(alone.stderr, /no switch runs/);
});

scenario('reload takes a new conf, and refuses a bad one', {}, async world => {
	appendFileSync(world.confFile, '\nuser "dave" { password = "x" number = "+15550001004" }\n');
	assert.equal(await good(world, 'reload'), 'Reloaded.\n');
	assert.match(await good(world, 'users'), /^dave /m);
	writeFileSync(world.confFile, 'sip { colour = "blue" }\n');
	const refused = await ctl(world, 'reload');
	assert.equal(refused.code, 1);
	assert.match(refused.stderr, /offhook\.conf:1: .*colour/);
	assert.match(await good(world, 'users'), /^dave /m);
});

scenario('shutdown --drain lets the last call end', {}, async world => {
	const carrier = await world.trunk();
	const caller = await carrier.call('+15550009004');
	await caller.response(200);
	const askIfWell = () => carrier.send(carrier.request('OPTIONS', `sip:${world.host}`));
	assert.equal((await askIfWell()).status, 200);
	await good(world, 'shutdown', '--drain');
	assert.equal((await askIfWell()).status, 503, 'who chooses among several switches passes over this one');
	const refused = await carrier.call('+15550009004');
	assert.equal((await refused.final()).status, 503);
	caller.rtp.sendTone(500);
	await caller.rtp.hear(500, 'the echo while draining');
	await caller.bye();
	assert.equal((await world.switch.exit()).code, 0);
});

scenario('shutdown --drain --follow stays to the end, and ends what is left after --timeout', {}, async world => {
	const carrier = await world.trunk();
	const caller = await carrier.call('+15550009004');
	await caller.response(200);
	for (const args of [['--timeout', '1'], ['--follow', '--timeout', '1'], ['--drain', '--timeout', '1']])
		assert.equal((await ctl(world, 'shutdown', ...args)).code, 2, args.join(' '));
	const done = ctl(world, 'shutdown', '--drain', '--follow', '--timeout', '1');
	await caller.ended(); // it is up for as long as nobody ends it
	assert.deepEqual(await done, { code: 0, stdout: 'Draining: it takes no new call and ends when the last one has.\n', stderr: '' });
	assert.equal((await world.switch.exit()).code, 0);
});

test('wrong usage and no switch have exit codes of their own', async () => {
	assert.equal((await offhookctl('dance')).code, 2);
	assert.equal((await offhookctl('call')).code, 2);
	assert.equal((await offhookctl('status', '--from', '1')).code, 2);
	const none = await offhookctl('-s', '/nonexistent/control.sock', 'status');
	assert.equal(none.code, 3);
	assert.match(none.stderr, /is offhookd running/);
	assert.equal((await offhookctl('--help')).code, 0);
	assert.match((await offhookctl('--version')).stdout, /^offhookctl \d/);
});

scenario('what calls cost, and what was spent', {
	account: 'deck = "d" max-spend-day = 2 max-spend-call = 1', extra: `account "second" { }
deck "d" { currency = "EUR" rates = { "+1444 0.60 30/6 network=310-260 minimum=0.01 fee=0.05" } }`,
}, async world => {
	assert.equal(await good(world, 'rate', '+14441234567'), `0.60 EUR a minute, by +1444 of deck d
increments 30/6 s
connection fee 0.05 EUR
minimum 0.01 EUR
network 310-260
by the account's spend limits for 1m30s at most
`);
	assert.equal(JSON.parse(await good(world, '--json', 'rate', '+14441234567', 'default')).prefix, '+1444');
	for (const args of [['+49301234'], ['+14441234567', 'second'], ['+14441234567', 'nobody'], ['alice']])
		assert.equal((await ctl(world, 'rate', ...args)).code, 1, args.join());
	assert.equal((await ctl(world, 'rate')).code, 2);
	const lines = (await good(world, 'accounts')).split('\n');
	assert.match(lines[1], /^default +d +0\.00 EUR +2\.00 EUR +2\.00 EUR +1\.00 EUR *$/);
	assert.match(lines[2], /^second *$/);
	assert.equal(JSON.parse(await good(world, 'accounts', '--json')).accounts[1].name, 'second');
});
