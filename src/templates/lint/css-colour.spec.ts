import { describe, expect, it } from 'vitest';
import { contrastOf, parseColour } from './css-colour.js';

describe('parseColour', () => {
  it.each([
    ['#FFF', [255, 255, 255]],
    ['#0a0B0c', [10, 11, 12]],
    ['rgb(1, 2, 3)', [1, 2, 3]],
    ['rgb(1 2 3)', [1, 2, 3]],
    [' Navy ', [0, 0, 128]],
    ['rgba(0,0,0,.5)', undefined],
    ['#12345678', undefined],
    ['currentcolor', undefined],
    ['constructor', undefined],
  ])('reads %j', (text, colour) => {
    expect(parseColour(text)).toEqual(colour);
  });
});

describe('contrastOf', () => {
  it.each([
    ['#000', '#fff', 21],
    ['#fff', '#fff', 1],
    ['#777', '#fff', 4.48],
    ['#767676', '#fff', 4.54],
  ])('%s and %s are %d to 1 apart', (one, other, ratio) => {
    const colours = [parseColour(one), parseColour(other)];
    expect(contrastOf(colours[0] ?? [0, 0, 0], colours[1] ?? [0, 0, 0])).toBeCloseTo(ratio, 2);
  });
});
