// Every method of every object that the packages have for an account, found by looking at them: whatever there is not here is refused in the vendor's words, at once, with ids of every kind.
import assert from 'node:assert/strict';
import { FROM, story, WAIT } from './support/story.mjs';
import { poll } from '../sip/support/wait.mjs';

const VERBS = ['create', 'fetch', 'list', 'page', 'update', 'remove'];
const HIDDEN = /^_|^constructor$|^toJSON$|^length$|^name$|^prototype$|^arguments$|^caller$/;

const namesOf = object => {
	const names = new Set();
	for (let at = object; at && at !== Object.prototype && at !== Function.prototype; at = Object.getPrototypeOf(at))
		for (const name of Object.getOwnPropertyNames(at).filter(n => !HIDDEN.test(n)))
			names.add(name);
	return [...names];
};

// All objects under this one: lists, and what is under an id of each. `ids` names those of a list, by its path.
function* tree(object, path, ids) {
	yield { object, path };
	if (typeof object === 'function' && !VERBS.includes(object.name))
		for (const id of ids(path)) {
			let one;
			try {
				one = object(id);
			} catch {
				continue; // a list that is not asked by id
			}
			yield* tree(one, `${path}(${id})`, ids);
		}
	for (const name of namesOf(object)) {
		if (VERBS.includes(name) || /^(get|each|getPage)$|HttpInfo$/.test(name))
			continue;
		const inner = object[name];
		if (inner && (typeof inner === 'object' || typeof inner === 'function') && (inner._uri !== undefined || inner._solution))
			yield* tree(inner, `${path}.${name}`, ids);
	}
}

// Parameters: those that a method cannot do without, or all that it knows.
const every = value => new Proxy({}, { get: (_, name) => typeof name === 'string' && name !== 'toString' ? value : undefined, has: () => true });
async function call(object, verb) {
	const needed = {};
	for (let i = 0; i < 20; i++)
		try {
			return await object[verb](...verb === 'list' ? [{ limit: 3 }] : verb === 'page' ? [] : Object.keys(needed).length ? [needed] : []);
		} catch (error) {
			const [, name] = /params\['(\w+)'\]/.exec(error.message) ?? [];
			if (name)
				needed[name] = 'x';
			else if (/[Rr]equired parameter/.test(error.message))
				needed._ = 'x';
			else
				throw error;
		}
	throw new Error(`no end of parameters: ${Object.keys(needed)}`);
}

const PREFIXES = [['CA', /calls$|participants$|members$/], ['CF', /conferences$/], ['RE', /recordings$/], ['QU', /queues$/], ['AP', /applications$/], ['PN', /incomingPhoneNumbers$|outgoingCallerIds$/], ['UT', /triggers$/], ['MZ', /streams$/]];
const NOBODY = '11111111-2222-4333-8444-555555555555';

// JSON, or empty when something was deleted; a refusal is the vendor's.
function look(reply, what) {
	if (reply.statusCode === 204)
		return assert.ok(!reply.body, what);
	const body = typeof reply.body === 'string' ? JSON.parse(reply.body) : reply.body;
	if (reply.headers)
		assert.match(String(reply.headers['content-type']), /^application\/json/, what);
	if (reply.statusCode < 400)
		return assert.ok([200, 201].includes(reply.statusCode), what);
	assert.deepEqual(Object.keys(body).sort(), ['code', 'message', 'more_info', 'status'], `${what}: ${JSON.stringify(body)}`);
	assert.ok(body.code >= 12000 && body.code < 64000 && body.status === reply.statusCode && body.message && reply.statusCode < 500, `${what}: ${JSON.stringify(body)}`);
}

story('nothing that the package can ask ends otherwise', ['alice', 'bob'], async ({ client, vendor, world }, { alice, bob }) => {
	// What there is: a call in a conference, one that is recorded, and something of each kind.
	const made = await client.calls.create({ to: 'client:alice', from: FROM, twiml: WAIT, record: true });
	const live = await alice.incoming();
	await live.accept();
	const inside = await client.conferences('room').participants.create({ from: FROM, to: 'client:bob' });
	await (await bob.incoming()).accept();
	const room = await poll(async () => (await client.conferences.list({ status: 'in-progress' }))[0], 'the conference');
	const known = {
		calls: made.sid, conferences: room.sid, participants: inside.callSid, queues: (await client.queues.create({ friendlyName: 'q' })).sid, applications: (await client.applications.create({ friendlyName: 'a' })).sid,
		recordings: (await poll(async () => (await client.recordings.list())[0], 'the recording')).sid, incomingPhoneNumbers: (await client.incomingPhoneNumbers.list())[0].sid, outgoingCallerIds: (await client.outgoingCallerIds.list())[0].sid,
		triggers: (await client.usage.triggers.create({ callbackUrl: 'http://h.example/', usageCategory: 'calls', triggerValue: '1' })).sid, accounts: vendor.account, availablePhoneNumbers: 'US',
	};
	const ids = path => {
		const name = path.split('.').at(-1), [prefix] = PREFIXES.find(([, fits]) => fits.test(path)) ?? ['XX'];
		return name === 'accounts' ? [vendor.account] : [known[name], vendor.sid(prefix, NOBODY), 'x'].filter(Boolean);
	};

	// Each reply comes at once.
	const seen = [], faults = [];
	const plain = vendor.open(world.api);
	plain.httpClient.request = (request => async options => {
		const reply = await request({ ...options, timeout: 20000 }), what = `${options.method} ${options.uri} ${JSON.stringify(options.data ?? {})}`;
		seen.push(what);
		try {
			look(reply, what);
		} catch (error) {
			faults.push(error.message); // (the package would hide it)
		}
		return reply;
	})(plain.httpClient.request.bind(plain.httpClient));

	const objects = [...tree(plain.api.v2010.accounts, 'accounts', ids)];
	let refused = 0;
	for (const verb of VERBS)
		for (const { object, path } of objects.filter(({ object: one }) => typeof one[verb] === 'function')) {
			// What is there stays there until the end, where all of it goes; the account itself cannot be changed.
			const before = seen.length;
			for (const ask of [() => call(object, verb), ...['x', '', 'true', '5'].map(value => () => ['create', 'update', 'page'].includes(verb) ? object[verb](every(value)) : undefined)])
				try {
					await ask();
				} catch (error) {
					if (error.status === undefined && !/parameter|not valid|Unable to (fetch|list)/i.test(error.message))
						throw new Error(`${path}.${verb}: ${error.stack}`);
					refused++;
				}
			assert.ok(seen.length > before, `${path}.${verb} asked nothing`);
			assert.deepEqual(faults, []);
		}
	assert.ok(objects.length > 100 && refused > 100, `${objects.length} objects, ${refused} refusals`);
	// What doc/dialects.md names as not here is just that.
	const base = `${world.api}/2010-04-01/Accounts/${vendor.account}`, headers = { authorization: `Basic ${btoa(`${vendor.account}:token`)}` };
	for (const path of ['Messages', 'Tokens', 'Keys', 'SIP/Domains', ...['Siprec', 'Payments', 'UserDefinedMessages', 'UserDefinedMessageSubscriptions'].map(name => `Calls/${made.sid}/${name}`)])
		for (const method of ['GET', 'POST']) {
			const reply = await fetch(`${base}/${path}.json`, { method, headers, body: method === 'POST' ? new URLSearchParams({ Name: 'x' }) : undefined });
			assert.deepEqual([reply.status, (await reply.json()).code], [404, 20404], `${method} ${path}`);
		}
	// Nothing of it has harmed the server, or ended a call that nobody wanted ended.
	assert.equal((await world.http('GET', '/readyz')).status, 200);
	assert.equal((await client.calls(made.sid).fetch()).status, 'in-progress');
	await live.bye();
});
