// What a client of the Telefonie Voice API may count on: nine operations and three objects, as data, and as an OpenAPI document.
// openapi.json has all of it and more; document.test.mjs holds it against this, tests/clients put a proxy made of it in front of the API.
const STATUS = ['queued', 'ringing', 'in-progress', 'completed', 'failed', 'busy', 'no-answer', 'canceled'];
const string = { type: 'string' }, integer = { type: 'integer' }, boolean = { type: 'boolean' }, time = { type: 'string', format: 'date-time' };
const direction = { type: 'string', enum: ['inbound', 'outbound'] }, room = { type: 'string', enum: ['init', 'in-progress', 'completed'] };
const list = name => ({ type: 'array', items: { $ref: `#/components/schemas/${name}` } });

// `required`: members that the body must have; `bodyRequired`: there must be one. A response is the name of an object, the members of one, or null.
export const operations = {
	listCalls: { at: 'GET /calls', query: { status: { type: 'string', enum: STATUS }, direction, from: string, to: string, page: integer,
		page_size: { type: 'integer', maximum: 100 } },
	responses: { 200: { calls: list('Call'), total: integer, page: integer, page_size: integer } } },
	initiateCall: { at: 'POST /calls', bodyRequired: true, required: ['to', 'from'], body: { to: string, from: string, url: string,
		method: { type: 'string', enum: ['GET', 'POST'] }, status_callback: string, timeout: { type: 'integer', default: 30 }, record: boolean },
	responses: { 201: 'Call' } },
	getCall: { at: 'GET /calls/{call_id}', responses: { 200: 'Call', 404: null } },
	updateCall: { at: 'POST /calls/{call_id}', body: { status: { type: 'string', enum: ['completed', 'canceled'] }, url: string, method: string },
		responses: { 200: 'Call' } },
	endCall: { at: 'DELETE /calls/{call_id}', responses: { 204: null } },
	listConferences: { at: 'GET /conferences', query: { status: room }, responses: { 200: { conferences: list('Conference') } } },
	createConference: { at: 'POST /conferences', body: { friendly_name: string, max_participants: { type: 'integer', default: 250 }, record: boolean,
		status_callback: string }, responses: { 201: 'Conference' } },
	listConferenceParticipants: { at: 'GET /conferences/{conference_id}/participants', responses: { 200: { participants: list('Participant') } } },
	addConferenceParticipant: { at: 'POST /conferences/{conference_id}/participants', bodyRequired: true, required: ['to', 'from'],
		body: { to: string, from: string, muted: boolean }, responses: { 201: 'Participant' } },
};

export const schemas = {
	Call: { type: 'object', required: ['id', 'status', 'direction', 'from', 'to'], properties: { id: string, status: { type: 'string', enum: STATUS }, direction,
		from: string, to: string, duration: integer, start_time: time, end_time: time, price: string, price_unit: string, recording_url: string } },
	Conference: { type: 'object', required: ['id', 'status'], properties: { id: string, friendly_name: string, status: room, participant_count: integer,
		max_participants: integer, date_created: time } },
	Participant: { type: 'object', required: ['call_id', 'conference_id'], properties: { call_id: string, conference_id: string, muted: boolean, hold: boolean,
		status: string } },
};

export const security = [{ ApiKeyAuth: [] }];
export const securitySchemes = { ApiKeyAuth: { type: 'apiKey', in: 'header', name: 'X-API-Key' } };

const json = schema => ({ content: { 'application/json': { schema } } });

function response(status, what) {
	const description = `Status ${status}`;
	if (!what)
		return { description };
	return { description, ...json(typeof what === 'string' ? { $ref: `#/components/schemas/${what}` } : { type: 'object', properties: what }) };
}

function operation(operationId, { at, query = {}, bodyRequired, required, body, responses }) {
	const parameters = [
		...[...at.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: string })),
		...Object.entries(query).map(([name, schema]) => ({ name, in: 'query', schema })),
	];
	return { operationId, ...(parameters.length && { parameters }),
		...(body && { requestBody: { ...(bodyRequired && { required: true }), ...json({ type: 'object', ...(required && { required }), properties: body }) } }),
		responses: Object.fromEntries(Object.entries(responses).map(([status, what]) => [status, response(status, what)])) };
}

// The same as an OpenAPI document.
export function contractDocument(url = 'http://127.0.0.1/v1/voice') {
	const paths = {};
	for (const [id, it] of Object.entries(operations)) {
		const [method, path] = it.at.split(' ');
		(paths[path] ??= {})[method.toLowerCase()] = operation(id, it);
	}
	return { openapi: '3.0.3', info: { title: 'The part that every client of the Telefonie Voice API knows', version: 'v1' }, servers: [{ url }], security, paths,
		components: { securitySchemes, schemas } };
}
