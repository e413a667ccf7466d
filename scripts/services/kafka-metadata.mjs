// One question of Kafka's protocol, asked by hand: which brokers does this broker know?

import { connect } from 'node:net';

const metadataKey = 3;
/** The newest one whose fields all have fixed sizes. */
const metadataVersion = 8;
const boundMs = 2_000;

/**
 * The ids of the brokers that the one at this port takes for alive; null where it does not answer.
 * @param {number} port on this machine
 * @returns {Promise<number[] | null>}
 */
export function askBrokers(port) {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    let received = Buffer.alloc(0);
    const finish = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(boundMs, () => finish(null));
    socket.once('error', () => finish(null));
    socket.once('close', () => finish(null));
    socket.once('connect', () => socket.write(request()));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length >= 4 && received.length >= 4 + received.readInt32BE(0)) finish(brokersIn(received));
    });
  });
}

/** No topics are asked for, and none may be made by asking. */
function request() {
  const header = Buffer.alloc(10);
  header.writeInt16BE(metadataKey, 0);
  header.writeInt16BE(metadataVersion, 2);
  header.writeInt16BE(-1, 8);
  const body = Buffer.alloc(7);
  const size = Buffer.alloc(4);
  size.writeInt32BE(header.length + body.length, 0);
  return Buffer.concat([size, header, body]);
}

function brokersIn(answer) {
  // Size, correlation id and throttle time come first.
  const count = answer.readInt32BE(12);
  const ids = [];
  let at = 16;
  const skipText = () => {
    at += 2 + Math.max(0, answer.readInt16BE(at));
  };
  for (let index = 0; index < count; index += 1) {
    ids.push(answer.readInt32BE(at));
    at += 4;
    skipText();
    at += 4;
    skipText();
  }
  return ids;
}
