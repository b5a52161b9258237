/** People logging in to API groups: their passwords, and the tokens that only API groups take. */
import { createHash } from 'node:crypto';
import { isJsonObject } from '../../json.js';
import { type Answer, accessDenied, answer, missingParam, unauthorized } from '../answers.js';
import type { LocalRow, LocalTable } from '../data/model.js';
import { findRow, rowsIn } from '../data/rows.js';
import { bearerToken, hasEnded, jweLike } from './tokens.js';

interface Login {
  readonly table_id: number;
  readonly key: LocalRow['key'];
  readonly data_source: string;
  readonly expires_at: number;
}

/** The logins of one instance. */
export interface LoginBook {
  /** `POST /auth/login` of Xano's template: `{email, password}` gives `{authToken}`. */
  logIn(table: LocalTable, dataSource: string, body: string): Answer;
  /** The row of the user with this token, or the 401 of Xano; a Metadata token is invalid here. */
  check(authorization: string | undefined, table: LocalTable, dataSource: string): LocalRow | Answer;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * A book of logins that reads the time from `now`; a login lasts a day, the life Xano's template gives it.
 */
export function openLoginBook(now: () => number): LoginBook {
  const logins = new Map<string, Login>();
  return {
    logIn(table, dataSource, body) {
      const inputs = parsedInputs(body);
      for (const name of ['email', 'password'])
        if (typeof inputs[name] !== 'string') return missingParam(name);
      const row = rowsIn(table, dataSource).stored.find((candidate) => {
        const values: unknown = JSON.parse(candidate.json);
        return (
          isJsonObject(values) &&
          values.email === inputs.email &&
          isPassword(String(inputs.password), String(values.password))
        );
      });
      if (row === undefined) return accessDenied('Invalid Credentials.');
      const authToken = jweLike();
      logins.set(authToken, {
        table_id: table.id,
        key: row.key,
        data_source: dataSource,
        expires_at: now() + DAY_MS,
      });
      return answer({ authToken });
    },
    check(authorization, table, dataSource) {
      const token = bearerToken(authorization);
      if (token === undefined) return unauthorized('Unauthorized - Authentication Required');
      const login = logins.get(token);
      if (login === undefined || login.table_id !== table.id) return unauthorized('Invalid token');
      if (hasEnded(login.expires_at, now())) return unauthorized('This token is expired.');
      if (login.data_source !== dataSource) {
        return unauthorized('This token belongs to a different datasource.');
      }
      return findRow(rowsIn(table, dataSource), login.key) ?? unauthorized('Invalid token');
    },
  };
}

/** The inputs in a JSON body; none for any other body. */
export function parsedInputs(body: string): { readonly [name: string]: unknown } {
  try {
    const value: unknown = JSON.parse(body);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

/**
 * A password as a login table holds it: salt and digest. Xano stores passwords hashed; its form is not
 * documented.
 */
export function hashPassword(password: string, salt: string): string {
  return `${salt}.${createHash('sha256').update(salt).update(password).digest('hex')}`;
}

function isPassword(password: string, hash: string): boolean {
  return hash !== '' && hashPassword(password, hash.split('.')[0]!) === hash;
}
