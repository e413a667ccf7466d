/**
 * The peer of the registrations: Fastify that parses the same bodies, keeps each hash in memory and
 * answers with as many bytes. It checks nothing and nothing is durable.
 */
import { fastify } from 'fastify';

export interface FastifyRequestMessage {
  /** Bytes of an answer to one registration, and of an entry of a batch's. */
  readonly answerBytes: number;
}

export interface FastifyReply {
  readonly kind: 'listening';
  readonly port: number;
}

interface Entry {
  readonly hash: string;
}

const known = new Map<string, Entry>();

async function listen({ answerBytes }: FastifyRequestMessage): Promise<void> {
  const app = fastify({ bodyLimit: 8 * 1024 * 1024 });
  const filler = 'x'.repeat(Math.max(0, answerBytes - '{"id":""}'.length));
  app.post('/v1/transactions', (request, reply) => {
    const entry = request.body as Entry;
    known.set(entry.hash, entry);
    void reply.code(201).send({ id: filler });
  });
  app.post('/v1/transactions/batch', (request, reply) => {
    const { transactions } = request.body as { readonly transactions: readonly Entry[] };
    for (const entry of transactions) known.set(entry.hash, entry);
    void reply.send({ results: transactions.map(() => ({ id: filler })) });
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as { readonly port: number };
  process.send?.({ kind: 'listening', port } satisfies FastifyReply);
}

process.on('message', (message: FastifyRequestMessage) => void listen(message));
process.on('disconnect', () => process.exit(0));
