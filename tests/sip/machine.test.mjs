// Who has answered a call that a program placed: a person or a machine, in each dialect's words.
import assert from 'node:assert/strict';
import { doc, mark, MARK, NUMBER, script } from './support/script.mjs';
import { poll } from './support/wait.mjs';

const SID = 'b3877c40-da60-4998-90ad-b792e98472af', AC = 'AC' + SID.replaceAll('-', '');
const token = world => world.conf().match(/auth-token = "([^"]+)"/)[1];
const accountSid = world => world.conf().match(/sid = "([^"]+)"/)?.[1] ?? SID;

function twilio(world, path, form) {
	const sid = accountSid(world);
	return fetch(`${world.api}/2010-04-01/Accounts/AC${sid.replaceAll('-', '')}${path}`, {
		method: form ? 'POST' : 'GET', body: form && new URLSearchParams(form),
		headers: { authorization: 'Basic ' + Buffer.from(`${sid}:${token(world)}`).toString('base64') },
	}).then(async reply => ({ status: reply.status, body: await reply.json() }));
}


// A machine: words that do not end, as a tone that goes up and down, and then a beep.
async function greet(call, syllables, over = () => false) {
	for (let i = 0; i < syllables && !over(); i++) {
		call.rtp.sendTone([130, 260, 390, 520, 650], i % 2 ? 300 : 3000);
		await new Promise(resolve => setTimeout(resolve, 140)); // as long as a syllable
	}
	call.rtp.sendTone(0, 0);
}

script('Twilio: the script begins when it is known, with AnsweredBy, which the callbacks and the record have too', { users: ['alice'] }, async (line, phones, world) => {
	line.pages['/voice'] = doc(mark);
	line.pages['/status'] = { status: 204 };
	const { status, body } = await twilio(world, '/Calls.json', { To: 'client:alice', From: NUMBER, Url: `${line.web.url}/voice`, MachineDetection: 'DetectMessageEnd', StatusCallback: `${line.web.url}/status` });
	assert.equal(status, 201, JSON.stringify(body));
	const call = await (await phones.alice.incoming()).accept();
	await greet(call, 20);
	assert.equal(line.forms('/voice').length, 0, 'it waits');
	await call.rtp.further(15);
	call.rtp.sendTone(1000);
	await call.rtp.hear(MARK);
	assert.equal(line.forms('/voice')[0].AnsweredBy, 'machine_end_beep');
	assert.equal((await twilio(world, `/Calls/${body.sid}.json`)).body.answered_by, 'machine_end_beep');
	await call.bye();
	assert.equal((await line.reached('/status')).AnsweredBy, 'machine_end_beep');
});

script('Twilio: AsyncAmd: the script begins at once, and a callback says who it was', { users: ['alice'] }, async (line, phones, world) => {
	line.pages['/amd'] = { status: 204 };
	const { body } = await twilio(world, '/Calls.json', { To: 'client:alice', From: NUMBER, Twiml: doc(`<Play loop="0">${line.web.url}/tone/${MARK}</Play>`), MachineDetection: 'Enable', AsyncAmd: 'true', AsyncAmdStatusCallback: `${line.web.url}/amd`,
		MachineDetectionSilenceTimeout: '2000' });
	const call = await (await phones.alice.incoming()).accept();
	await call.rtp.hear(MARK);
	call.rtp.sendTone(0, 0);
	const told = await line.reached('/amd');
	assert.deepEqual([told.CallSid, told.AnsweredBy], [body.sid, 'unknown']);
	assert.match(told.MachineDetectionDuration, /^\d+$/);
	await call.bye();
	const bad = await twilio(world, '/Calls.json', { To: 'client:alice', From: NUMBER, Twiml: doc(mark), MachineDetection: 'Enable', MachineDetectionTimeout: '2' });
	assert.equal(bad.status, 400);
});

script('ours: a machine is hung up on, and the events say why', { users: ['alice'] }, async (line, phones, world) => {
	const { status, body } = await world.http('POST', '/v1/voice/calls', { to: 'alice', from: NUMBER, script: doc(mark), machine_detection: { on_machine: 'hangup' } });
	assert.equal(status, 201, JSON.stringify(body));
	const call = await (await phones.alice.incoming()).accept();
	let over = false;
	const greeting = greet(call, 20, () => over);
	await call.ended();
	over = true;
	await greeting;
	assert.equal((await line.over(body.id)).reason, 'A machine has answered.');
	const machine = (await line.events(body.id)).find(({ type }) => type === 'call.machine');
	assert.match(JSON.stringify(machine), /"is":"machine".*a long greeting/);
	const { facts } = (await world.http('GET', `/v1/voice/calls/${body.id}/why`)).body, amd = facts.find(({ fact }) => fact === 'amd').value;
	assert.deepEqual(Object.keys(amd).sort(), ['after_ms', 'initial_silence_ms', 'is', 'reason', 'speech_ms', 'words']);
	assert.deepEqual([amd.is, amd.reason, amd.speech_ms > 1000, amd.words > 0], ['machine', 'a long greeting', true, true]);
	for (const wrong of [{ timeout: 1 }, { nosuch: 1 }, 'yes'])
		assert.equal((await world.http('POST', '/v1/voice/calls', { to: 'alice', from: NUMBER, script: doc(mark), machine_detection: wrong })).status, 400);
});

script('ours: those who chose it are told of a machine, and of its beep', { users: ['alice'] }, async (line, phones, world) => {
	line.pages['/event'] = { status: 204 };
	const { status, body } = await world.http('POST', '/v1/voice/calls', { to: 'alice', from: NUMBER, script: doc('<Pause length="60"/>'), status_callback: `${line.web.url}/event`,
		status_callback_events: ['call.machine'], machine_detection: { message_end: true, wait: false } });
	assert.equal(status, 201, JSON.stringify(body));
	const call = await (await phones.alice.incoming()).accept();
	await greet(call, 20);
	await call.rtp.further(15);
	call.rtp.sendTone(1000);
	await line.reached('/event', () => true, 2);
	assert.deepEqual(line.asked.map(({ body }) => JSON.parse(body)).map(({ type, machine }) => [type, machine.is, machine.end]), [['call.machine', 'machine', undefined], ['call.machine', 'machine', 'beep']]);
	await call.bye();
});

script('Dial: who is dialled is connected at once, and amdStatusCallback says what it is', { users: ['alice'] }, async (line, phones) => {
	line.pages['/voice'] = doc('<Dial><Client>nobody</Client><Number machineDetection="DetectMessageEnd" machineDetectionTimeout="60" amdStatusCallback="/amd">+15550001001</Number></Dial>');
	line.pages['/amd'] = { status: 204 };
	const caller = await line.call(), callee = await (await phones.alice.incoming()).accept();
	await caller.response(200);
	caller.rtp.sendTone(1700);
	await callee.rtp.hear(1700);
	await greet(callee, 20);
	await callee.rtp.further(15);
	callee.rtp.sendTone(1000);
	await caller.rtp.hear(1000);
	const told = await line.reached('/amd');
	assert.equal(told.AnsweredBy, 'machine_end_beep');
	assert.match(told.MachineDetectionDuration, /^\d+$/);
	assert.equal(told.ParentCallSid, line.forms('/voice')[0].CallSid);
	await callee.bye();
	assert.equal(line.forms('/amd').length, 1);
	await caller.ended();
});

script('Twilio: a participant is in the conference at once, and AmdStatusCallback says who it was', { users: ['alice'] }, async (line, phones, world) => {
	line.pages['/amd'] = { status: 204 };
	line.pages['/voice'] = doc('<Dial><Conference>room</Conference></Dial>');
	const { status, body } = await twilio(world, '/Conferences/room/Participants.json', { From: NUMBER, To: 'client:alice', Beep: 'false', MachineDetection: 'Enable', MachineDetectionSilenceTimeout: '10000',
		AmdStatusCallback: `${line.web.url}/amd` });
	assert.equal(status, 201, JSON.stringify(body));
	const callee = await (await phones.alice.incoming()).accept();
	callee.rtp.sendTone(0, 0);
	const caller = await line.answered();
	caller.rtp.sendTone(1700);
	await callee.rtp.hear(1700);
	const told = await line.reached('/amd');
	assert.deepEqual([told.CallSid, told.AnsweredBy], [body.call_sid, 'unknown']);
	await callee.bye();
	await caller.bye();
});

// An NCCO that connects alice, then plays MARK for ever.
const connect = (line, machine) => ({ headers: { 'content-type': 'application/json' }, body: JSON.stringify([
	{ action: 'connect', eventUrl: [`${line.web.url}/event`], endpoint: [{ type: 'app', user: 'alice' }], ...machine },
	{ action: 'stream', streamUrl: [`${line.web.url}/tone/${MARK}`], loop: 0 },
]) });
const told = line => line.asked.filter(({ path }) => path === '/event').map(({ body }) => JSON.parse(body));
const vonage = { users: ['alice'], number: 'dialect = "vonage"' };

script('NCCO connect: who is dialled is connected, and eventUrl is told of a machine, then of its beep', vonage, async (line, phones) => {
	line.pages['/voice'] = connect(line, { advancedMachineDetection: { behavior: 'continue', mode: 'default', beep_timeout: 60 } });
	line.pages['/event'] = { status: 204 };
	const caller = await line.call(), callee = await (await phones.alice.incoming()).accept();
	await caller.response(200);
	await greet(callee, 20);
	await callee.rtp.further(15);
	callee.rtp.sendTone(1000);
	await caller.rtp.hear(1000);
	const machines = await poll(() => {
		const machines = told(line).filter(({ status }) => status === 'machine');
		return machines.length === 2 && machines;
	}, 'a machine and its beep');
	assert.deepEqual(machines.map(({ sub_state }) => sub_state), [undefined, 'beep_start']);
	await callee.bye();
	await caller.rtp.hear(MARK);
	await caller.bye();
});

script('NCCO connect: a machine is hung up on, and the NCCO goes on', vonage, async (line, phones) => {
	line.pages['/voice'] = connect(line, { machineDetection: 'hangup' });
	line.pages['/event'] = { status: 204 };
	const caller = await line.call(), callee = await (await phones.alice.incoming()).accept();
	await caller.response(200);
	let over = false;
	const greeting = greet(callee, 60, () => over);
	await callee.ended();
	over = true;
	await greeting;
	await caller.rtp.hear(MARK);
	assert.deepEqual(told(line).filter(({ status }) => ['machine', 'human'].includes(status)).map(({ status, sub_state }) => [status, sub_state]), [['machine', undefined]]);
	await caller.bye();
});

script('call.dial: what is wrong with machine_detection of a target is refused', { users: ['alice'] }, async (line, phones, world) => {
	line.pages['/voice'] = doc(mark);
	const caller = await line.answered(), [{ id }] = (await world.control.call('call.list')).calls;
	for (const wrong of [{ timeout: 1 }, { nosuch: 1 }, 'yes'])
		await assert.rejects(world.control.call('call.dial', { call: id, targets: [{ to: 'alice', machine_detection: wrong }] }), /machine_detection/);
	await caller.bye();
});
