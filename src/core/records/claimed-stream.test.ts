import { describe, expect, test } from 'vitest';
import { claimedRecordValue, ClaimedStream, claimValue } from './claimed-stream.ts';

const recordOf = (writer: string, offset: number): string => claimedRecordValue({ writer, offset }, 6, '{"a": "b c"}');
const taken = { kind: 'record', timeMs: 6, payload: '{"a": "b c"}' };

describe('a claimed stream', () => {
  test('gives the records whose writer made the last claim before them (P02, P03)', () => {
    const stream = new ClaimedStream();
    expect(stream.take(claimValue('one', 5))).toEqual({ kind: 'claim', timeMs: 5, writer: 'one' });
    expect(stream.take(recordOf('one', 0))).toEqual(taken);
    stream.take(claimValue('two', 7));
    expect(stream.take(recordOf('one', 0))).toEqual({ kind: 'void' });
    expect(stream.take(recordOf('two', 2))).toEqual(taken);
    expect(stream.take(recordOf('one', 0))).toEqual({ kind: 'void' });
    expect(stream.writer).toBe('two');
  });

  test('goes on from a known writer', () => {
    const resumed = new ClaimedStream('one');
    expect(resumed.take(recordOf('two', 9))).toEqual({ kind: 'void' });
    expect(resumed.take(recordOf('one', 1))).toEqual(taken);
    expect(resumed.writer).toBe('one');
  });

  test('read from the middle, goes by the highest claim that a record names, until it reads one (P03)', () => {
    const stream = new ClaimedStream();
    // What an old writer still says stands before the first record of the one that followed it.
    expect(stream.take(recordOf('one', 3))).toEqual(taken);
    expect(stream.take(recordOf('two', 40))).toEqual(taken);
    expect(stream.writer).toBe('two');
    expect(stream.take(recordOf('one', 3))).toEqual({ kind: 'void' });
    // A claim counts by its place alone.
    stream.take(claimValue('three', 8));
    expect(stream.take(recordOf('two', 40))).toEqual({ kind: 'void' });
    expect(stream.take(recordOf('four', 99))).toEqual({ kind: 'void' });
    expect(stream.take(recordOf('three', 60))).toEqual(taken);
  });

  test.each(['nonsense', '', 'one two', ' 5 {}', 'one x {}'])('stops at what is neither: %j', (value) => {
    expect(() => new ClaimedStream('one').take(value)).toThrow('names no writer or time');
  });

  test.each(['one 5 {}', '@3 5 {}', 'one@ 5 {}', 'one@x 5 {}'])(
    'stops at a record that names no claim: %j',
    (value) => {
      expect(() => new ClaimedStream('one').take(value)).toThrow('names no claim');
    },
  );
});
