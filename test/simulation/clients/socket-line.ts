import type { LineEnd } from '../world/line.ts';

export interface SocketLineOptions {
  /** What stands behind `Bearer`; null: no header. */
  readonly secret: string | null;
}

export interface SocketLineEvents {
  readonly onOpen: () => void;
  readonly onText: (text: string) => void;
  /** Once, whoever ended it. `code`: of the server's close frame; null: there was none. */
  readonly onEnd: (code: number | null) => void;
}

export const opcodes = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/**
 * The client's side of RFC 6455 over a simulated line, made here since a usual one draws its keys
 * and masks from the machine's randomness, and since some clients of the simulator must break rules.
 */
export class SocketLine {
  readonly #line: LineEnd;
  readonly #events: SocketLineEvents;
  #buffer: Buffer = Buffer.alloc(0);
  #isOpen = false;
  #isOver = false;
  #closeCode: number | null = null;

  constructor(line: LineEnd, options: SocketLineOptions, events: SocketLineEvents) {
    this.#line = line;
    this.#events = events;
    line.on('data', (bytes: Buffer) => this.#take(bytes));
    line.on('close', () => this.#end());
    line.on('end', () => this.#end());
    const authorization = options.secret === null ? '' : `authorization: Bearer ${options.secret}\r\n`;
    line.write(
      `GET /v1/ws HTTP/1.1\r\nhost: txtrail.sim\r\nconnection: Upgrade\r\nupgrade: websocket\r\n` +
        `sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n` +
        `sec-websocket-protocol: txtrail.v1\r\n${authorization}\r\n`,
    );
  }

  get isOpen(): boolean {
    return this.#isOpen && !this.#isOver;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  send(frame: object): void {
    this.sendFrame(opcodes.text, Buffer.from(JSON.stringify(frame)));
  }

  sendFrame(opcode: number, payload: Buffer): void {
    if (!this.isOpen) return;
    this.#line.write(Buffer.concat([frameHead(opcode, payload.length), payload]));
  }

  /** Bytes that need not be frames. */
  sendBytes(bytes: Buffer): void {
    if (!this.#isOver) this.#line.write(bytes);
  }

  /** Reads nothing more until told otherwise, as one with a zero window (F45). */
  stopReading(): void {
    this.#line.pause();
  }

  /** Takes so many bytes off the line and throws them away. */
  sip(bytes: number): void {
    this.#line.read(bytes);
  }

  fallSilent(): void {
    this.#line.isSilent = true;
  }

  /** Ends it in order. */
  close(): void {
    if (this.isOpen) this.sendFrame(opcodes.close, Buffer.from([0x03, 0xe8]));
    this.#line.end();
  }

  /** Ends it as a lost connection does. */
  cut(): void {
    this.#line.cut();
    this.#end();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#events.onEnd(this.#closeCode);
  }

  #take(bytes: Buffer): void {
    if (this.#isOver) return;
    this.#buffer = this.#buffer.length === 0 ? bytes : Buffer.concat([this.#buffer, bytes]);
    if (!this.#isOpen && !this.#readHandshake()) return;
    while (!this.#isOver && this.#readFrame()) {
      // One after another, as long as they are whole.
    }
  }

  #readHandshake(): boolean {
    const end = this.#buffer.indexOf('\r\n\r\n');
    if (end < 0) return false;
    const isAccepted = this.#buffer.subarray(0, 12).toString('latin1') === 'HTTP/1.1 101';
    this.#buffer = this.#buffer.subarray(end + 4);
    if (!isAccepted) {
      this.cut();
      return false;
    }
    this.#isOpen = true;
    this.#events.onOpen();
    return true;
  }

  /** False: the next frame is not whole yet. */
  #readFrame(): boolean {
    const buffer = this.#buffer;
    if (buffer.length < 2) return false;
    const short = (buffer[1] ?? 0) & 0x7f;
    const head = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (buffer.length < head) return false;
    const length = short === 126 ? buffer.readUInt16BE(2) : short === 127 ? Number(buffer.readBigUInt64BE(2)) : short;
    if (buffer.length < head + length) return false;
    const payload = buffer.subarray(head, head + length);
    this.#buffer = buffer.subarray(head + length);
    this.#heed((buffer[0] ?? 0) & 0x0f, payload);
    return true;
  }

  #heed(opcode: number, payload: Buffer): void {
    if (opcode === opcodes.text) this.#events.onText(payload.toString('utf8'));
    else if (opcode === opcodes.ping) this.sendFrame(opcodes.pong, payload);
    else if (opcode === opcodes.close) {
      this.#closeCode = payload.length >= 2 ? payload.readUInt16BE(0) : null;
      this.sendFrame(opcodes.close, payload.subarray(0, 2));
      this.#line.end();
      this.#end();
    }
  }
}

/** A final frame's head with a mask of zeros, which leaves the payload as it is. */
function frameHead(opcode: number, length: number): Buffer {
  const first = 0x80 | opcode;
  const mask = [0, 0, 0, 0];
  if (length < 126) return Buffer.from([first, 0x80 | length, ...mask]);
  if (length < 65_536) return Buffer.from([first, 0x80 | 126, length >> 8, length & 0xff, ...mask]);
  const head = Buffer.alloc(14);
  head[0] = first;
  head[1] = 0x80 | 127;
  head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}
