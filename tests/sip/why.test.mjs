// Why a call is as it is: a real call for each cause, the sentence that says so, and the facts under it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import net from 'node:net';
import { join } from 'node:path';
import { readFileSync, writeFileSync } from 'node:fs';
import tls from 'node:tls';
import { promisify } from 'node:util';
import { Authority, withTls } from './support/certificates.mjs';
import { DnsServer } from './support/dns.mjs';
import { BUILD, scenario } from './support/harness.mjs';
import { makeSdp } from './support/phone.mjs';
import { RtpEnd } from './support/rtp.mjs';
import { NUMBER, doc, script } from './support/script.mjs';
import { poll } from './support/wait.mjs';

const CTL = join(BUILD, 'bin/offhookctl');
const ctl = async (world, ...args) => (await promisify(execFile)(CTL, ['-c', world.confFile, ...args])).stdout;
const LIVE = ['queued', 'ringing', 'in-progress'];

// Resolves to what the API says of a call when it is over: {why, status, facts, of(fact): its values}.
async function why(world, id, ready = () => true, deadline) {
	const answer = await poll(async () => {
		const { status, body } = await world.http('GET', `/v1/voice/calls/${id}/why`);
		return status === 200 && !LIVE.includes(body.status) && ready(body) && body;
	}, `why of ${id}`, deadline);
	return { ...answer, of: name => answer.facts.filter(({ fact }) => fact === name).map(({ value }) => value) };
}

// The call of a phone's INVITE, when it has ended.
const ended = (world, call) => world.control.someCall(({ sip_call_id, ended: at }) => at && sip_call_id === call.callId, `the end of ${call.callId}`);
const whyOf = async (world, call, ready) => why(world, (await ended(world, call)).id, ready);
const heard = ({ facts }) => facts.some(({ fact }) => fact === 'quality');

async function offered(world, phone, to, options) {
	const call = await phone.call(to, options);
	await call.final();
	return whyOf(world, call);
}

scenario('phones: busy, declined, gone, not answering, given up, nobody, no codec, not encrypted', {
	sip: 'ring-timeout = 1', users: `
user "alice" { password = "secret-a" number = "+15550001001" }
user "bob" { password = "secret-b" number = "+15550001002" }
user "carol" { password = "secret-c" number = "+15550001003" }
user "dora" { password = "secret-d" number = "+15550001004" srtp = "required" }` }, async world => {
	const alice = await world.registered('alice'), bob = await world.registered('bob'), dora = await world.registered('dora');
	await world.startApi();
	const refused = async status => {
		const call = await alice.call('bob');
		await (await bob.incoming()).reply(status);
		await call.final();
		return whyOf(world, call);
	};
	const busy = await refused(486);
	assert.match(busy.why, /busy/i);
	assert.deepEqual(busy.of('route'), ['user bob', 'user bob'], 'of the call, and of the one that it made');
	assert.match(busy.of('tried')[0], new RegExp(`^user bob at sip:bob@127\\.0\\.0\\.1:${bob.port}.*: 486 Busy Here, after \\d+ ms$`));
	assert.match(busy.of('called')[0], /^[0-9a-f]{8} user bob: busy: The phone is busy\.$/);
	assert.match((await refused(603)).why, /declined|refused|rejected/i);

	const unanswered = await alice.call('bob');
	await (await bob.incoming()).reply(180);
	await unanswered.final();
	assert.equal((await whyOf(world, unanswered)).why, 'Nobody answered in time.');

	assert.equal((await offered(world, alice, 'carol')).why, 'No phone is registered for user carol.');

	const impatient = await alice.call('bob');
	await (await bob.incoming()).reply(180);
	await impatient.response(180);
	await impatient.cancel();
	assert.equal((await whyOf(world, impatient)).why, 'The caller gave up before the call was answered.');

	const nowhere = await offered(world, alice, '+4412345');
	assert.equal(nowhere.why, 'No number, user or route takes what was dialled.');
	assert.deepEqual(nowhere.of('route'), ['nowhere']);

	assert.match((await offered(world, alice, '+15550009004', { sdp: { payloads: [18] } })).why, /codec/);
	assert.match((await offered(world, dora, '+15550009004')).why, /encrypt/i);

	const api = await world.http('POST', '/v1/voice/calls', { to: 'bob', from: NUMBER, script: doc('<Pause length="60"/>') });
	await (await bob.incoming()).accept();
	await world.control.callState(api.body.id, 'in-progress');
	await world.http('DELETE', `/v1/voice/calls/${api.body.id}`);
	assert.equal((await why(world, api.body.id)).why, 'The call was hung up through the API.');
});

scenario('who is not let in: a wrong password, a user that there is not, no credentials, a switch that drains', {}, async (world, control) => {
	await world.startApi();
	const refusal = async (name, options) => {
		const call = await (await world.phone(name, options)).call('bob', options);
		await call.final();
		return ctl(world, 'why', call.callId);
	};
	assert.match(await refusal('alice', { password: 'wrong' }), /^Refused with \d+: The password of user alice was wrong\.\n$/);
	assert.match(await refusal('mallory', { password: 'guess' }), /^Refused with \d+: There is no user mallory\.\n$/);
	assert.match(await refusal('alice', { auth: false }), /^It was asked for credentials \(407\), and gave none\.\n$/);
	const alice = await world.registered('alice'), call = await alice.call('+15550009004');
	await call.response(200);
	await control.call('switch.shutdown', { drain: true });
	const late = await alice.call('+15550009004');
	await late.final();
	assert.match(await ctl(world, 'why', late.callId), /^Refused with 503: The switch is draining\.\n$/);
	await call.bye();
	await world.switch.exit();
});

scenario('trunks: what each server said, which was silent, which asks for credentials', {
	carrier: world => `trunk "first" { address = "${world.spareHosts[0]}:5060" try-timeout = 300ms }
trunk "carrier" { address = "${world.trunkHost}:5060" }
trunk "second" { address = "${world.spareHosts[1]}:5060" try-timeout = 300ms }
route "^\\\\+1444" { to = {"trunk:first", "trunk:second"} }` }, async world => {
	const alice = await world.registered('alice');
	const [first, second] = await Promise.all([0, 1].map(i => world.trunk({ host: world.spareHosts[i] })));
	await world.startApi();
	const call = async answers => {
		const near = await alice.call('+14445550000');
		for (const [trunk, ...how] of answers)
			await (await trunk.incoming()).reply(...how);
		await near.final();
		return whyOf(world, near);
	};
	const unavailable = await call([[first, 503], [second, 500]]);
	assert.deepEqual(unavailable.of('route'), ['route ^\\+1444', 'route ^\\+1444']);
	assert.deepEqual(unavailable.of('tried').map(text => text.replace(/ at \S+: /, ': ').replace(/, after.*/, '')), ['trunk first: 503 Service Unavailable', 'trunk second: 500 Server Error']);
	assert.match(unavailable.why, /out of service|error/i);
	const unknown = await call([[first, 404]]);
	assert.match(unknown.why, /not exist|not found|unknown|not assigned|no such/i);
	assert.match((await call([[first, 603]])).why, /declined|refused|rejected/i);
	const asking = await call([[first, 503], [second, 401, { headers: [['WWW-Authenticate', 'Digest realm="x", nonce="n"']] }]]);
	assert.match(asking.why, /^Trunk second asks for credentials, and has no username and password in the conf\.$/);
	const silent = await call([]);
	assert.match(silent.why, /^Trunk second did not answer what it was sent\.$/);
	assert.match(silent.of('tried')[0], /^trunk first at \S+: 408 It said nothing within try-timeout\. \(nothing came from there\)/);
});

scenario('a trunk that DNS does not know', { carrier: `trunk "carrier" { address = "nowhere.invalid:5060" }
route "^\\\\+1444" { to = {"trunk:carrier"} }`, start: false }, async world => {
	await world.prepare();
	const dns = await DnsServer.open('127.0.0.1', {});
	try {
		world.options.sip = `resolv-conf = "${dns.writeConf(world.dir)}"`;
		world.writeConf();
		const control = await world.startSwitch();
		await world.startApi();
		await poll(async () => /DNS/.test((await control.call('trunk.list')).trunks[0].reason), 'the look-up to fail');
		const alice = await world.registered('alice');
		const lost = await offered(world, alice, '+14445550000');
		assert.equal(lost.why, 'No trunk of the route is up: carrier: DNS has no server for nowhere.invalid:5060.');
		assert.match(lost.of('tried')[0], /carrier: DNS has no server/);
	} finally {
		dns.close();
	}
});

{
	const authority = new Authority('Carriers'), stranger = new Authority('Nobody');
	scenario('a trunk over TLS whose certificate nobody vouches for', { ...withTls(`tls-ca-file = "${authority.certificate}"`), start: false }, async world => {
		await world.prepare();
		const { certificate, key } = stranger.issue('carrier.test');
		const dns = await DnsServer.open('127.0.0.1', { 'A carrier.test': [{ address: world.trunkHost }] });
		const listener = tls.createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, socket => socket.on('error', () => {}));
		listener.on('tlsClientError', () => {});
		await new Promise(resolve => listener.listen(5062, world.trunkHost, resolve));
		try {
			world.options.sip += ` resolv-conf = "${dns.writeConf(world.dir)}"`;
			world.options.carrier = 'trunk "carrier" { address = "carrier.test:5062" transport = "tls" tls-verify = true try-timeout = 1s }\nroute "^\\\\+1444" { to = {"trunk:carrier"} }';
			world.writeConf();
			const control = await world.startSwitch();
			await world.startApi();
			await poll(async () => (await control.call('trunk.list')).trunks[0].servers?.length, 'the trunk to be found');
			const alice = await world.registered('alice');
			const call = await offered(world, alice, '+14445550000');
			assert.match(call.why, /certificate/i);
		} finally {
			dns.close();
			listener.close();
		}
	});
}

scenario('limits: time, money, calls at a time', {
	account: 'deck = "d" max-spend-day = "0.50"', extra: 'deck "d" { currency = "EUR" rates = { "+1444 0.60" } }', users: `
user "alice" { password = "secret-a" number = "+15550001001" max-duration = 1 }
user "bob" { password = "secret-b" number = "+15550001002" max-calls = 1 }` }, async world => {
	const alice = await world.registered('alice'), bob = await world.registered('bob');
	await world.trunk();
	await world.startApi();
	const long = await alice.call('+15550009004');
	await long.response(200);
	await long.ended();
	assert.equal((await whyOf(world, long)).why, 'The time limit of the call was reached.');
	assert.match((await offered(world, alice, '+14445550000')).why, /spend limit/);
	const one = await bob.call('+15550009004');
	await one.response(200);
	assert.match((await offered(world, bob, '+15550009004')).why, /max-calls/);
	await one.bye();
});

scenario('audio that stops', { rtp: 'timeout = 1' }, async world => {
	const alice = await world.registered('alice');
	await world.startApi();
	const call = await alice.call('+15550009004');
	await call.response(200);
	await call.ended();
	assert.equal((await whyOf(world, call, heard)).why, 'No audio came from the far end any more.');
});

scenario('audio that does not come: from behind a NAT, in part, not at the far end', {}, async (world, control) => {
	const alice = await world.registered('alice');
	await world.startApi();
	const quiet = await alice.call('+15550009004', { body: makeSdp({ host: '127.0.0.77', port: 4000 }) });
	await quiet.response(200);
	await control.event('call.quality', ({ what }) => what === 'one-way');
	await quiet.bye();
	const one = await whyOf(world, quiet, heard);
	assert.equal(one.why, 'The caller hung up. alice was not heard: A firewall, or UDP ports that are not forwarded.');
	assert.match(one.of('one-way audio')[0], /^alice was not heard: its SDP named 127\.0\.0\.77:4000 as its audio's address, and was told to send to 127\.[\d.]+:\d+\. NAT: not seen\. A firewall/);

	const lossy = await alice.call('+15550009004'), silence = Buffer.alloc(160, 0xff);
	await lossy.response(200);
	for (let i = 0; i < 200; i++) { // one of five is lost
		if (i % 5 === 4)
			lossy.rtp.skip();
		else
			lossy.rtp.sendPacket(0, silence);
		if (i % 10 === 0)
			await new Promise(resolve => setImmediate(resolve));
	}
	await poll(async () => (await world.control.call('call.stats', { call: (await world.control.someCall(({ sip_call_id }) => sip_call_id === lossy.callId)).id })).stats.rx_packets >= 160, 'all packets');
	await lossy.bye();
	const loss = await whyOf(world, lossy, heard);
	assert.match(loss.why, /^The caller hung up\. (19|20) % of the packets from alice were lost on their way to us\.$/);
	assert.match(loss.of('loss, network in')[0], /packets from alice were lost on their way to us/);
	assert.deepEqual(loss.of('codec'), ['PCMU']);

	const rtcp = await RtpEnd.open(alice.host);
	const deaf = await alice.call('+15550009004', { sdp: { lines: [`a=rtcp:${rtcp.port}`] } });
	await deaf.response(200);
	deaf.rtp.sendTone(440);
	await deaf.rtp.further(100);
	const report = Buffer.alloc(32); // RFC 3550 section 6.4.2: of our SSRC 30 packets were lost
	report.writeUInt32BE(0x81c90007, 0);
	report.writeUInt32BE(0x01020304, 4);
	report.writeUInt32BE(deaf.rtp.packets[0].ssrc, 8);
	report.writeUInt32BE(0x40000000 | 30, 12);
	report.writeUInt32BE(deaf.rtp.packets.at(-1).seq, 16);
	const at = { ...deaf.rtp.remote, port: deaf.rtp.remote.port + 1 }, { id } = await world.control.someCall(({ sip_call_id }) => sip_call_id === deaf.callId);
	await poll(async () => {
		rtcp.sendRaw(report, at);
		return (await world.control.call('call.stats', { call: id })).stats.far_lost >= 30;
	}, 'what the far end reports');
	await deaf.bye();
	rtcp.close();
	const far = await whyOf(world, deaf, heard);
	assert.match(far.why, /^The caller hung up\. \d+ % of our packets to alice were lost on their way\.$/);
	assert.match(far.of('loss, far end')[0], /^30 of our packets did not reach alice, as its RTCP says/);
});

scenario('a switch that stands still for a moment is late itself, and says so', {}, async (world, control) => {
	const alice = await world.registered('alice');
	await world.startApi();
	const call = await alice.call('+15550009004');
	await call.response(200);
	const { id } = await control.someCall(({ status }) => status === 'in-progress');
	call.rtp.sendTone(440);
	await call.rtp.further(10);
	await poll(async () => {
		world.switch.child.kill('SIGSTOP');
		await new Promise(resolve => setTimeout(resolve, 100)); // what it misses
		world.switch.child.kill('SIGCONT');
		return ((await control.call('call.stats', { call: id })).stats.late_ticks ?? 0) >= 20;
	}, 'ticks that were late');
	await call.bye();
	assert.match((await whyOf(world, call, heard)).of('late, ourselves')[0], /^this switch was late \d+ times by 20 ms or more$/);
});

scenario('no port is left for audio', { start: false }, async world => {
	await world.prepare();
	writeFileSync(world.confFile, world.conf().replace('ports = "30000-31999"', 'ports = "30000-30003"'));
	await world.startSwitch();
	const alice = await world.registered('alice');
	const bob = await world.registered('bob');
	await world.startApi();
	const first = await alice.call('+15550009004');
	await first.response(200);
	const second = await alice.call('bob');
	await (await bob.incoming()).accept(); // has the last port
	await second.final();
	assert.match((await whyOf(world, second)).why, /port/);
	await first.bye();
});

script('scripts: what was asked, what came, what went wrong; and webhooks', {
	pages: {
		'/missing': { status: 404, body: 'There is nothing here.' },
		'/broken': '<Response><Say>Hello',
		'/silent': () => ({ sent: true }),
		'/good': doc('<Say>Hello.</Say><Nonsense/><Hangup/>'),
	} }, async (line, phones, world) => {
	const alice = await world.registered('alice');
	const closed = await new Promise(resolve => {
		const one = net.createServer();
		one.listen(0, '127.0.0.1', () => { const { port } = one.address(); one.close(() => resolve(`http://127.0.0.1:${port}/hook`)); });
	});
	const run = async (url, more = {}) => {
		const { status, body } = await world.http('POST', '/v1/voice/calls', { to: 'alice', from: NUMBER, url, ...more });
		assert.equal(status, 201, JSON.stringify(body));
		await (await alice.incoming()).accept();
		return why(world, body.id);
	};
	const missing = await run(`${line.web.url}/missing`);
	assert.match(missing.why, /^The script at http:\S+\/missing could not be fetched: HTTP status 404\.$/);
	assert.match(missing.of('script request')[0], /^POST http:\S+\/missing: HTTP 404, after \d+ ms; 22 bytes: There is nothing here\.$/);
	const { body: slow } = await world.http('POST', '/v1/voice/calls', { to: 'alice', from: NUMBER, url: `${line.web.url}/silent` });
	await (await alice.incoming()).accept();
	const broken = await run(`${line.web.url}/broken`);
	assert.match(broken.why, /^The script at \S+\/broken is not usable: /);
	assert.match((await run(closed)).why, /^The script at http:\S+ could not be fetched: (?!HTTP)/);
	assert.ok((await run(closed)).of('script request').every(text => /^POST http:\S+\/hook: \S/.test(text)));

	const silent = await why(world, slow.id, () => true, 60000); // a document has 15 s
	assert.match(silent.why, /^The script at http:\S+\/silent could not be fetched: .*time/i);
	assert.match(silent.of('script request')[0], /^POST http:\S+\/silent: .*time/i);

	const good = await run(`${line.web.url}/good`, { status_callback: closed });
	assert.equal(good.why, 'The call\'s script ended it.');
	assert.deepEqual(good.of('script step'), ['<Say> in line 1', '<Hangup> in line 1']);
	assert.match(good.of('script warning')[0], /Nonsense.*\(line 1, column \d+\)$/);
	assert.match(good.of('script request')[0], /HTTP 200, after \d+ ms; \d+ bytes: <Response><Say>Hello\.<\/Say>/);
	const told = await why(world, good.call_id, ({ facts }) => facts.some(({ fact, value }) => fact === 'webhook' && /attempt 1/.test(value)));
	assert.match(told.of('webhook')[0], /^http:\S+\/hook: \w+; attempt 1: \S/);
	assert.ok(told.facts.find(({ fact }) => fact === 'script step').time, 'each has its time');
	assert.match(await ctl(world, 'why', good.call_id), /^The call's script ended it\.\n[^]*script step +<Say> in line 1\n/);
});

scenario('a switch that was killed', {}, async (world, control) => {
	const alice = await world.registered('alice');
	await world.startApi();
	const call = await alice.call('+15550009004');
	await call.response(200);
	const { id } = await control.someCall(({ status }) => status === 'in-progress');
	await world.journalWritten(id, 'in-progress');
	await poll(async () => (await world.http('GET', `/v1/voice/calls/${id}`)).body.status === 'in-progress', 'the record of the call');
	await world.switch.kill('SIGKILL');
	await world.startSwitch();
	assert.equal((await why(world, id)).why, 'The switch was restarted while the call was up.');
});
