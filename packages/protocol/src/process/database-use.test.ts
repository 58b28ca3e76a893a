import { expect, test } from 'vitest';
import { databaseUse, isSameDatabase } from './database-use.ts';

test.each([
  ['postgresql://ada:s3cret@db:5432/app', 'postgresql://ada:***@db:5432/app'],
  ['postgres://ada@db/app', 'postgresql://ada@db/app'],
  ['postgresql://ada:p@ss/w#rd@db/app', 'postgresql://ada:***@db/app'],
  [
    'postgresql://db/app?user=ada&password=s3cret&sslmode=require',
    'postgresql://db/app?user=ada&password=***&sslmode=require',
  ],
  ['postgresql://db/app?sslpassword=s3cret', 'postgresql://db/app?sslpassword=***'],
  ['postgresql://ada@/app?host=%2Frun', 'postgresql://ada@/app?host=%2Frun'],
])('the password of %s is masked', (url, shown) => {
  expect(databaseUse(url)).toEqual({ kind: 'postgresql', url: shown });
});

test('a new password makes no other database, another address does, and so does the embedded one', () => {
  const one = databaseUse('postgresql://ada:old@db/app');
  expect(isSameDatabase(one, databaseUse('postgres://ada:new@db/app'))).toBe(true);
  expect(isSameDatabase(one, databaseUse('postgresql://ada:old@db2/app'))).toBe(false);
  expect(isSameDatabase(one, databaseUse(undefined))).toBe(false);
  expect(isSameDatabase(databaseUse(undefined), databaseUse(undefined))).toBe(true);
});
