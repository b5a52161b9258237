/** Configs of every pagination and every way to authorize, for the exits. */
import { type EndpointConfig, parseEndpoints } from '../../src/index.js';

const META = 'https://x1.n7.xano.io/api:meta';
const GROUP = 'https://x1.n7.xano.io/api:AbCdEfGh';
const NONE = { type: 'none' };

const keyset = {
  type: 'keyset',
  key: 'id',
  order: 'asc',
  page_param: 'page',
  page_size_param: 'per_page',
  page_size: 500,
  sort_param: 'sort',
  filter_param: 'search',
  after: 'id|>',
  before: 'id|<',
  next_page_path: 'nextPage',
  total_path: 'itemsTotal',
};
const numbered = {
  type: 'page_number',
  page_param: 'page',
  base_page: 1,
  page_size_param: 'size',
  page_size: 50,
};

const table = (id: number, name: string, keyType: string, rest: object): object => ({
  name,
  base_url: META,
  path: `/workspace/1/table/${id}/content/search`,
  method: 'POST',
  headers: { 'x-data-source': 'live' },
  body: {},
  data_selector: 'items',
  primary_key: ['id'],
  auth: { type: 'bearer', token: { env: 'XANO_TOKEN' } },
  pagination: keyset,
  origin: { workspace: 'Größer & Co' },
  ...rest,
  columns: [{ name: 'id', type: keyType }, ...((rest as { columns?: object[] }).columns ?? [])],
});

const list = (name: string, pagination: object, rest: object = {}): object => ({
  name: `Door/${name}`,
  base_url: GROUP,
  path: `/${name}`,
  method: 'GET',
  data_selector: 'items',
  pagination,
  auth: { type: 'bearer', token: { env: 'XANO_API_TOKEN' } },
  origin: { api_group: 'Door' },
  ...rest,
});

const typed = [
  { name: 'made_at', type: 'TIMESTAMPTZ' },
  { name: 'day', type: 'DATE' },
  { name: 'Price', type: 'DOUBLE' },
  { name: 'price', type: 'DOUBLE' },
  { name: 'say "hi"', type: 'VARCHAR' },
  { name: 'open', type: 'BOOLEAN' },
  { name: 'tags', type: 'VARCHAR', list: true },
  { name: 'place', type: 'FLOAT', list: true, size: 3 },
  { name: 'extra', type: 'JSON' },
  { name: 'owner', type: 'UUID' },
];

/** All of them. */
export function everyKind(): EndpointConfig[] {
  return parseEndpoints({
    version: 1,
    endpoints: [
      table(1, 'things / "all"', 'BIGINT', { columns: typed, excluded: ['password'] }),
      table(2, 'people', 'UUID', {}),
      table(3, 'events', 'BIGINT', {
        columns: [typed[0]],
        write_disposition: 'merge',
        incremental: { cursor_path: 'made_at', lag: 600_000, after: 'made_at|>', before: 'made_at|<' },
      }),
      table(4, 'lines', 'BIGINT', {
        auth: { type: 'bearer', token: { profile: 'work' } },
        write_disposition: 'append',
        incremental: { cursor_path: 'id', lag: 5, after: 'id|>', before: 'id|<' },
      }),
      list('next', { ...numbered, next_page_path: 'nextPage', total_path: 'itemsTotal' }),
      list('totals', { ...numbered, total_pages_path: 'totalPages' }, { data_selector: 'data' }),
      list('silent', numbered, { data_selector: '' }),
      list(
        'posted',
        { ...numbered, in: 'body', next_page_path: 'paging.next' },
        { method: 'POST', body: { open: true }, params: { lang: 'de' }, data_selector: 'paging.a-list' },
      ),
      list(
        'offset',
        { type: 'offset', offset_param: 'skip', limit_param: 'take', limit: 20 },
        { auth: NONE },
      ),
      list(
        'cursor',
        { type: 'cursor', cursor_param: 'c', cursor_path: 'next', page_size_param: 'n', page_size: 9 },
        { auth: { type: 'api_key', name: 'key', in: 'query', key: { env: 'SHOP_KEY' } } },
      ),
      list(
        'header',
        { type: 'header_link' },
        { auth: { type: 'basic', username: { env: 'SHOP_USER' }, password: { env: 'SHOP_PASSWORD' } } },
      ),
      list(
        'link',
        { type: 'json_link', next_url_path: 'links.next' },
        { auth: { type: 'custom_header', name: 'X-Key', value: { env: 'SHOP_KEY' } } },
      ),
      list(
        'single',
        { type: 'single_page' },
        {
          auth: {
            type: 'oauth2_client_credentials',
            token_url: 'https://login.example.com/token',
            client_id: { env: 'SHOP_ID' },
            client_secret: { env: 'SHOP_SECRET' },
            scope: 'read',
          },
        },
      ),
      list(
        'basic-form',
        { type: 'single_page' },
        {
          auth: {
            type: 'oauth2_client_credentials',
            token_url: 'https://login.example.com/token',
            client_id: { env: 'SHOP_ID' },
            client_secret: { env: 'SHOP_SECRET' },
            credentials_in: 'basic',
          },
        },
      ),
      list(
        'mine',
        { type: 'auto' },
        {
          data_selector: undefined,
          auth: {
            type: 'login',
            url: `${GROUP}/auth/login`,
            body: { email: { env: 'SHOP_EMAIL' }, password: { env: 'SHOP_PASSWORD' } },
            token_path: 'authToken',
          },
        },
      ),
    ],
  });
}
