// Kamailio, a proxy that is not ours, as the carrier: we register with it, it asks for credentials, and it stays in the path of calls.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Process, TOP, scenario } from './support/harness.mjs';
import { parseSdp } from './support/phone.mjs';

const KAMAILIO = '/usr/sbin/kamailio';

scenario('calls both ways through Kamailio, which asks for credentials within them too', { start: false, sip: '', trunk: 'register = true username = "offhook" password = "trunk-secret" number = "+15550009004"' }, async world => {
	assert.ok(existsSync(KAMAILIO), 'Kamailio is in contrib/packages');
	await world.prepare();
	const far = await world.phone('far', { host: world.spareHosts[0], password: '', domain: world.trunkHost });
	far.server = { host: world.trunkHost, port: 5060 };
	const file = join(world.dir, 'kamailio.cfg'), run = join(world.dir, 'kamailio');
	mkdirSync(run);
	writeFileSync(file, readFileSync(join(TOP, 'tests/sip/kamailio/carrier.cfg'), 'utf8')
		.replaceAll('HOST', world.trunkHost).replaceAll('FAR', `${far.host}:${far.port}`));
	const kamailio = new Process('kamailio', KAMAILIO, ['-f', file, '-DD', '-E', '-Y', run, '-P', join(run, 'pid'), '-m', '64', '-M', '8'],
		join(world.dir, 'kamailio.log'), { detached: true });
	kamailio.end = async () => { // all of its processes at once: on TERM it now and then waits for ever for one of its own
		if (!kamailio.exited)
			process.kill(-kamailio.pid, 'SIGKILL');
		await kamailio.exit();
		return { code: 0 };
	};
	world.processes.push(kamailio);
	const control = await world.startSwitch();
	const isUp = async () => (await control.call('trunk.list')).trunks.find(({ state }) => state === 'up');
	if (!await isUp())
		await control.event('trunk.changed', ({ state }) => state === 'up');
	const alice = await world.registered('alice');
	const out = await alice.call('+14445556666'), callee = await far.incoming();
	assert.ok(callee.invite.get('record-route'));
	await callee.accept();
	await out.response(200);
	out.rtp.sendTone(440);
	await callee.rtp.hear(440);
	// within the call it asks for credentials as well
	const { id } = await control.someCall(({ direction, status }) => direction === 'outbound' && status === 'in-progress');
	await control.call('call.hold', { call: id, hold: true });
	const offer = await callee.request('INVITE');
	assert.equal(parseSdp(offer.body).direction, 'sendonly');
	callee.agree(offer, { sdp: { direction: 'recvonly' } });
	await out.bye();
	assert.ok((await callee.ended()).all('via').length === 2, 'the BYE comes through Kamailio');
	const back = await far.call(`sip:offhook@${world.trunkHost}`);
	await back.response(200);
	const echo = await control.someCall(({ direction, to }) => direction === 'inbound' && to === '+15550009004');
	assert.equal(echo.trunk, 'carrier');
	back.rtp.sendTone(600);
	await back.rtp.hear(600, 'the echo');
	await control.call('call.refer', { call: echo.id, to: '+14447778888' });
	const refer = await back.request('REFER');
	assert.equal(refer.get('refer-to'), `<sip:+14447778888@${world.trunkHost}>`);
	far.respond(refer, refer.response(603, 'Decline', { toTag: back.localTag }));
	await control.event('call.transfer_failed');
	await control.call('call.hangup', { call: echo.id });
	await back.ended();
});
