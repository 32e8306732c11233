// A small DNS server: answers from a table of records, over UDP.
import dgram from 'node:dgram';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const TYPES = { A: 1, SRV: 33, AAAA: 28, NAPTR: 35 };

function name(text) {
	const labels = text === '.' ? [] : text.split('.');
	return Buffer.concat([...labels.map(label => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])), Buffer.from([0])]);
}

const string = text => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);

function numbers(...values) {
	const out = Buffer.alloc(2 * values.length);
	values.forEach((value, i) => out.writeUInt16BE(value, 2 * i));
	return out;
}

const DATA = {
	A: ({ address }) => Buffer.from(address.split('.').map(Number)),
	SRV: ({ priority = 0, weight = 0, port, target }) => Buffer.concat([numbers(priority, weight, port), name(target)]),
	NAPTR: ({ order = 0, preference = 0, service, replacement }) => Buffer.concat([numbers(order, preference), string('s'), string(service),
		string(''), name(replacement)]),
};

export class DnsServer {
	asked = []; // 'SRV _sip._udp.example.test'
	records;

	// records: {'NAPTR carrier.test': [{…}], 'A one.carrier.test': [{address}]}. The server is at host:53 or wherever `port` says.
	static async open(host, records, port = 0) {
		const server = new DnsServer();
		Object.assign(server, { host, records });
		server.socket = dgram.createSocket('udp4');
		server.socket.on('message', (data, from) => server.#answer(data, from));
		await new Promise((resolve, reject) => server.socket.once('error', reject).bind(port, host, resolve));
		server.port = server.socket.address().port;
		return server;
	}

	// Writes a file as resolv.conf(5) has it.
	writeConf(dir) {
		const file = join(dir, 'resolv.conf');
		writeFileSync(file, `nameserver ${this.host}\nport ${this.port}\n`);
		return file;
	}

	#answer(query, from) {
		let at = 12;
		const labels = [];
		while (query[at]) {
			labels.push(query.toString('latin1', at + 1, at + 1 + query[at]));
			at += 1 + query[at];
		}
		const code = query.readUInt16BE(at + 1);
		const type = Object.keys(TYPES).find(key => TYPES[key] === code) ?? String(code);
		const question = query.subarray(12, at + 5), key = `${type} ${labels.join('.').toLowerCase()}`;
		this.asked.push(key);
		const found = this.records[key];
		if (found === 'silence')
			return;
		const answers = (found ?? []).map(record => {
			const data = DATA[type](record), fixed = Buffer.alloc(10);
			fixed.writeUInt16BE(code, 0);
			fixed.writeUInt16BE(1, 2);
			fixed.writeUInt32BE(record.ttl ?? 300, 4);
			fixed.writeUInt16BE(data.length, 8);
			return Buffer.concat([Buffer.from([0xc0, 12]), fixed, data]);
		});
		const known = Object.keys(this.records).some(one => one.split(' ')[1] === key.split(' ')[1]);
		const head = Buffer.alloc(12);
		query.copy(head, 0, 0, 2);
		head.writeUInt16BE(0x8580 | (known ? 0 : 3), 2);
		head.writeUInt16BE(1, 4);
		head.writeUInt16BE(answers.length, 6);
		this.socket.send(Buffer.concat([head, question, ...answers]), from.port, from.address, () => {});
	}

	close() {
		this.socket.close();
	}
}
