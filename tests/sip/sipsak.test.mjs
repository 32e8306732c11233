// sipsak, with which admins ask a switch whether it is there: OPTIONS, registering, and what it makes of floods and of bad messages.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { scenario } from './support/harness.mjs';

// Resolves to its exit code (0: what it asked for was answered well) and what it said.
function sipsak(...args) {
	const child = spawn('sipsak', args, { timeout: 30000 });
	let text = '';
	for (const stream of [child.stdout, child.stderr])
		stream.on('data', data => { text += data; });
	return new Promise((resolve, reject) => child.on('error', reject).on('close', code => resolve({ code, text })));
}

for (const transport of ['udp', 'tcp']) // it gives up at what TLS 1.3 sends after the handshake
	scenario(`OPTIONS over ${transport}`, {}, async world => {
		const { code, text } = await sipsak('-vv', '-E', transport, '-s', `sip:${world.host}`);
		assert.equal(code, 0, text);
		assert.match(text, /SIP\/2\.0 200 OK/);
		assert.match(text, /^Allow: .*INVITE/m);
	});

scenario('registering, and taking it back', {}, async (world, control) => {
	const who = ['-U', '-s', `sip:alice@${world.host}`, '-a', 'secret-a', '-u', 'alice', '-C', 'sip:alice@127.0.0.1:5999'];
	const first = await sipsak(...who, '-x', '300');
	assert.equal(first.code, 0, first.text);
	const { registrations: [binding, ...more] } = await control.call('registration.list');
	assert.deepEqual(more, []);
	assert.equal(binding.user, 'alice');
	assert.equal(binding.contact, 'sip:alice@127.0.0.1:5999');
	assert.ok(binding.expires > 290 && binding.expires <= 300);
	assert.match(binding.agent, /sipsak/);
	const last = await sipsak(...who, '-x', '0');
	assert.equal(last.code, 0, last.text);
	assert.deepEqual((await control.call('registration.list')).registrations, []);
	const wrong = await sipsak('-U', '-s', `sip:alice@${world.host}`, '-a', 'wrong', '-u', 'alice', '-C', 'sip:alice@127.0.0.1:5999');
	assert.notEqual(wrong.code, 0, wrong.text);
});

scenario('a trace route ends here', {}, async world => {
	const { code, text } = await sipsak('-T', '-s', `sip:trace@${world.host}`);
	assert.equal(code, 0, text);
});

scenario('a flood, and random characters in messages', {}, async world => {
	const alice = await world.registered('alice');
	const flood = await sipsak('-F', '-c', `sip:flood@${world.host}`, '-e', '300', '-s', `sip:${world.host}`);
	assert.ok(flood.code !== null, flood.text);
	const random = await sipsak('-R', '-t', '200', '-s', `sip:${world.host}`);
	assert.ok(random.code !== null, random.text);
	assert.equal((await alice.send(alice.request('OPTIONS', `sip:${world.host}`))).status, 200);
	assert.equal((await alice.register()).status, 200);
});
