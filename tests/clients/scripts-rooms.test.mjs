// Conferences with a moderator and queues with agents, as applications for Twilio and SignalWire have them: documents by the vendors' builders, real calls.
import assert from 'node:assert/strict';
import { MARK, press, talk } from '../sip/support/script.mjs';
import { level } from '../sip/support/rtp.mjs';
import { application } from './support/scripts.mjs';

const after = d => d.play({ loop: 0 }, `/tone/${MARK}`);
const AGENT = '+15550001003';

// A call to a phone whose script is at `path`.
async function called({ client, line }, phone, number, path) {
	await client.calls.create({ to: number, from: '+15550009000', url: `${line.world.web}${path}` });
	return (await phone.incoming()).accept();
}

application('a conference begins and ends with its moderator', ['bob', 'carol'], {
	'/voice': d => d.dial({ action: '/after' }).conference({ startConferenceOnEnter: false, waitUrl: '/wait', statusCallback: '/status', statusCallbackEvent: 'start end join leave' }, 'standup'),
	'/guest': d => d.dial({ action: '/after' }).conference({ startConferenceOnEnter: false, waitUrl: '/wait' }, 'standup'),
	'/moderator': d => d.dial({ action: '/after' }).conference({ startConferenceOnEnter: true, endConferenceOnExit: true }, 'standup'),
	'/wait': d => d.play({ loop: 0 }, '/tone/600'),
	'/after': after,
	'/status': () => null,
}, async (it, { bob, carol }) => {
	const { line } = it, first = await line.answered();
	await first.rtp.hear(600, 'what those hear who wait');
	const second = await called(it, bob, '+15550001002', '/guest');
	await second.rtp.hear(600, 'what the second hears who waits');
	await first.rtp.hear(600, 'what the first hears still');
	const moderator = await called(it, carol, AGENT, '/moderator');
	first.rtp.sendTone(440);
	moderator.rtp.sendTone(1000);
	await Promise.all([first.rtp.hear(1000), second.rtp.signal.until(() => level(second.rtp.samples.slice(-1600)) > 1000, 'both others'), moderator.rtp.hear(440)]);
	first.rtp.stop();
	await second.rtp.hear(1000);
	await moderator.bye();
	await Promise.all([first.rtp.hear(MARK), second.rtp.hear(MARK)]);
	await line.reached('/status', ({ StatusCallbackEvent }) => StatusCallbackEvent === 'conference-end');
	const told = line.forms('/status').map(({ StatusCallbackEvent }) => StatusCallbackEvent);
	assert.deepEqual([told[0], told.at(-1)], ['participant-join', 'conference-end']);
	assert.ok(told.includes('conference-start'));
	assert.equal(new Set(line.forms('/status').map(({ ConferenceSid }) => ConferenceSid)).size, 1);
	await Promise.all([first.bye(), second.bye()]);
});

application('a queue with two agents: first come, first served', ['alice', 'bob', 'carol'], {
	'/voice': d => d.enqueue({ waitUrl: '/wait', action: '/left' }, 'support'),
	'/wait': (d, { QueuePosition }) => d.play({ loop: 0 }, `/tone/${500 + 100 * Number(QueuePosition)}`),
	'/left': after,
	'/agent': d => d.dial({ action: '/next' }).queue({ url: '/announce' }, 'support'),
	'/announce': d => d.play('/tone/400/0.4'),
	'/next': (d, { DialCallStatus }) => DialCallStatus === 'completed' ? d.redirect('/agent') : d.hangup(),
}, async (it, { alice, bob, carol }) => {
	const { line } = it, first = await line.answered();
	await first.rtp.hear(600, 'that it is the first');
	const second = await line.answered();
	await second.rtp.hear(700, 'that it is the second');
	const waits = line.forms('/wait');
	assert.deepEqual(waits.map(({ QueuePosition, CurrentQueueSize }) => [QueuePosition, CurrentQueueSize]), [['1', '1'], ['2', '2']]);
	assert.equal(new Set(waits.map(({ QueueSid }) => QueueSid)).size, 1);
	const one = await called(it, bob, '+15550001002', '/agent');
	await first.rtp.hear(400, 'what is said before it is connected');
	await talk(first, one);
	const other = await called(it, carol, AGENT, '/agent');
	await talk(second, other);
	// a third waits; the first agent who is free has it
	const third = await line.answered();
	await third.rtp.hear(600, 'that it is the first now');
	await first.bye();
	await talk(third, one);
	await other.bye();
	await second.rtp.hear(MARK);
	assert.deepEqual(line.forms('/left').map(({ QueueResult }) => QueueResult).sort(), ['bridged', 'bridged']);
	await Promise.all([second.bye(), third.bye()]);
	one.rtp.stop();
	await one.bye();
});
