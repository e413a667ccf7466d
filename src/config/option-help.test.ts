import { expect, test } from 'vitest';
import { startHelp } from './option-help.ts';

test('the help tells each default so that it can be read', () => {
  const help = startHelp();
  expect(help).toContain('Default: "txtrail.".');
  expect(help).toContain('Default: 8080.');
  const ofOrigins = help.split('\n').find((line) => line.includes('TXTRAIL_ALLOWED_ORIGINS')) ?? '';
  expect(ofOrigins.match(/Default: [^ ]*/g)).toEqual(['Default: none.']);
});
