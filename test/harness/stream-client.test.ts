import { describe, expect, it } from 'vitest';
import { StreamParser } from './stream-client.ts';

describe('StreamParser', () => {
  it('reads fields over any cut of the bytes, joins data lines and skips comments', () => {
    const text = ': hello\nretry: 2000\n\nid: c1\nevent: transaction.included\ndata: {"a":\ndata: 1}\n\ndata:x\n\n';
    for (let cut = 0; cut <= text.length; cut += 1) {
      const parser = new StreamParser();
      const messages = [...parser.push(text.slice(0, cut)), ...parser.push(text.slice(cut))];
      expect(messages).toEqual([
        { event: 'transaction.included', data: '{"a":\n1}', id: 'c1' },
        { event: 'message', data: 'x', id: 'c1' },
      ]);
    }
  });

  it('takes an id without data, and gives no message for it', () => {
    const parser = new StreamParser();
    expect(parser.push('id: c7\n\n')).toEqual([]);
    expect(parser.lastId).toBe('c7');
  });

  it('gives nothing of a message whose end has not come', () => {
    expect(new StreamParser().push('data: half')).toEqual([]);
  });
});
