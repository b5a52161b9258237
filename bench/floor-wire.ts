/**
 * Floor B, a process of its own: asks for all pages of a table, so many at a time, and throws their bytes
 * away.
 */
import { Agent, request } from 'node:http';

const [url = '', token = '', pages = '', per_page = '', at_a_time = ''] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: Number(at_a_time) });

function ask(page: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    const sent = request(`${url}?page=${page}&per_page=${per_page}`, { agent, headers }, (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      response.on('error', reject);
      response.on('end', () =>
        response.statusCode === 200 ? resolve(bytes) : reject(new Error(`status ${response.statusCode}`)),
      );
    });
    sent.on('error', reject);
    sent.end();
  });
}

let next = 1;
let bytes = 0;
async function askOn(): Promise<void> {
  while (next <= Number(pages)) {
    const got = await ask(next++);
    bytes += got;
  }
}

await Promise.all(Array.from({ length: Number(at_a_time) }, askOn));
agent.destroy();
process.stdout.write(`${bytes}\n`);
