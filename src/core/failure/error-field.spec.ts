import { describe, expect, it } from 'vitest';
import { errorField } from './error-field.js';

describe('a field of something that was caught', () => {
  it.each<[string, unknown, string | undefined]>([
    ['is what the error says', Object.assign(new Error('no'), { code: 'ECONNRESET' }), 'ECONNRESET'],
    ['is nothing where it is no string', { code: 550 }, undefined],
    ['is nothing where there is none', {}, undefined],
    ['is nothing of nothing', null, undefined],
    ['is nothing of a string', 'code', undefined],
  ])('%s', (_title, error, expected) => {
    expect(errorField(error, 'code')).toBe(expected);
  });
});
