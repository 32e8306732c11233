// A bare connection to the switch, and messages as text.
import net from 'node:net';
import tls from 'node:tls';
import { Signal } from './wait.mjs';

// `closed` is set when it has ended, `text` is what came.
export class Wire {
	signal = new Signal();
	text = '';
	closed = false;

	static async open(world, { localAddress = '127.0.0.1', port, secure = false } = {}) {
		const wire = new Wire(), to = { host: world.host, port: port ?? (secure ? 5061 : 5060), localAddress, rejectUnauthorized: false };
		wire.secure = secure;
		wire.socket = secure ? tls.connect(to) : net.connect(to);
		wire.socket.setNoDelay(true);
		wire.socket.on('error', () => {});
		wire.socket.on('data', data => {
			wire.text += data.toString('latin1');
			wire.signal.notify();
		});
		wire.socket.on('close', () => {
			wire.closed = true;
			wire.signal.notify();
		});
		await new Promise(resolve => wire.socket.once(secure ? 'secureConnect' : 'connect', resolve).once('close', resolve));
		return wire;
	}

	until(look, what) {
		return this.signal.until(look, what);
	}

	close() {
		this.socket.destroy();
	}

	// Resolves when what was written has left this process, or cannot any more.
	write(data) {
		return new Promise(resolve => {
			const done = () => {
				this.socket.off('close', done);
				resolve();
			};
			this.socket.write(data, 'latin1', done);
			this.socket.once('close', done);
		});
	}
}

// The text of an OPTIONS; `length` null: it has no Content-Length.
export function optionsText(world, secure, { cseq = 1, length = 0, body = '', headers = '', end = '\r\n', lengthName = 'Content-Length' } = {}) {
	const id = Math.random().toString(36).slice(2) + cseq;
	return [`OPTIONS sip:${world.host} SIP/2.0`, `Via: SIP/2.0/${secure ? 'TLS' : 'TCP'} 127.0.0.1:5062;branch=z9hG4bK${id};rport`, 'From: <sip:x@example.org>;tag=1',
		`To: <sip:${world.host}>`, `Call-ID: ${id}`, `CSeq: ${cseq} OPTIONS`, ...(headers ? [headers] : []),
		...(length === null ? [] : [`${lengthName}: ${length}`]), '', ''].join(end) + body;
}
