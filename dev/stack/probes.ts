/** Whether something serves: one request or one connection, never an exception. */
import { request as http } from 'node:http';
import { request as https, type RequestOptions } from 'node:https';
import { connect } from 'node:net';

const patience = 2_000;

/** Whether a GET answers with a 2xx. TLS is not verified unless `ca` is given: the probes stay on this machine. */
export function answers(
  url: string,
  tls: Pick<RequestOptions, 'ca' | 'cert' | 'key'> = {},
): Promise<boolean> {
  return get(url, tls).then(({ status }) => status >= 200 && status < 300);
}

/** Status 0 means that there was no answer. */
export function get(
  url: string,
  tls: Pick<RequestOptions, 'ca' | 'cert' | 'key'> = {},
): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve) => {
    const send = url.startsWith('https:') ? https : http;
    const verify = { rejectUnauthorized: tls.ca !== undefined };
    const request = send(url, { ...tls, ...verify, timeout: patience, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('error', () => resolve({ status: 0, body: '' }));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    request.on('error', () => resolve({ status: 0, body: '' }));
    request.on('timeout', () => request.destroy());
    request.end();
  });
}

/** Whether something accepts connections at a TCP address or a Unix socket. */
export function accepts(
  where: { readonly host: string; readonly port: number } | { readonly path: string },
): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(where);
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(patience, () => end(false));
    socket.on('connect', () => end(true));
    socket.on('error', () => end(false));
  });
}
