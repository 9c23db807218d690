import { customerOf } from './identity';

const encoded = (claims: unknown) => btoa(JSON.stringify(claims)).replaceAll('=', '');

test('a token says whom it is about', () => {
  expect(customerOf(`head.${encoded({ sub: 'cus_ada' })}.signature`)).toBe('cus_ada');
});

test.each(['', 'opaque', 'a.b.c', `head.${encoded({ sub: 7 })}.x`, `head.${encoded(null)}.x`])(
  'a token that names nobody is of nobody: %s',
  (token) => expect(customerOf(token)).toBe(''),
);
