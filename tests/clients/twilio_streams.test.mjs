// Streams of a call by REST, as Twilio's package makes them; SignalWire's has none.
import assert from 'node:assert/strict';
import { StreamServer } from '../sip/support/stream-server.mjs';
import { becomes, callbacks, FROM, story, WAIT } from './support/story.mjs';
import { poll } from '../sip/support/wait.mjs';
import { last } from './support/vendors.mjs';

story('a stream is begun beside the script and stopped by its sid or name; its callbacks are signed', ['bob'], async (it, { bob }) => {
	const { client, vendor, web } = it;
	if (vendor.dialect !== 'twilio')
		return;
	const server = await StreamServer.start();
	try {
		const made = await client.calls.create({ to: '+15550001002', from: FROM, twiml: WAIT });
		const callee = await (await bob.incoming()).accept();
		await becomes(client, made.sid, 'in-progress');
		callee.rtp.sendTone(440);
		const stream = await client.calls(made.sid).streams.create({ url: server.url, name: 'mine', track: 'both_tracks', statusCallback: `${web.url}/stream`, 'parameter1.name': 'Who', 'parameter1.value': 'me' });
		assert.equal(last(client).status, 201);
		assert.match(stream.sid, /^MZ[0-9a-f]{32}$/);
		assert.deepEqual([stream.callSid, stream.accountSid, stream.name, stream.status], [made.sid, vendor.account, 'mine', 'in-progress']);
		const end = await server.end(), { start } = await end.event('start');
		assert.deepEqual([start.streamSid, start.callSid, start.customParameters, start.tracks], [stream.sid, made.sid, { Who: 'me' }, ['inbound', 'outbound']]);
		assert.ok(vendor.validate(end.request.headers, server.url, {}), 'the upgrade is signed');
		await end.until(messages => messages.filter(({ event }) => event === 'media').length > 10, 'audio');
		assert.equal((await client.calls(made.sid).streams(stream.sid).update({ status: 'stopped' })).status, 'stopped');
		await end.event('stop');
		const told = await poll(() => {
			const all = callbacks(it, '/stream');
			return all.length === 2 && all;
		}, 'two callbacks');
		assert.deepEqual(told.map(({ StreamEvent, StreamSid, StreamName }) => [StreamEvent, StreamSid, StreamName]), ['stream-started', 'stream-stopped'].map(event => [event, stream.sid, 'mine']));
		await assert.rejects(client.calls(made.sid).streams(stream.sid).update({ status: 'stopped' }), { status: 404 });
		await assert.rejects(client.calls(made.sid).streams.create({ url: 'http://127.0.0.1/' }), { status: 400, code: 21205 });
		await client.calls(made.sid).update({ status: 'completed' });
		await callee.ended();
		await assert.rejects(client.calls(made.sid).streams.create({ url: server.url }), { status: 400, code: 21220 });
	} finally {
		server.close();
	}
});
