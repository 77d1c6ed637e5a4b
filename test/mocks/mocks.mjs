// The mocks, each behind the same words. One is active from the call on, for the rest of the process.

/**
 * @typedef {readonly [headers: Readonly<Record<string, string>>, status: number]} Answer
 * @typedef {{ answer(url: string, answers: readonly Answer[], allowUnmocked?: boolean): void }} Mock has GETs of `url` answered
 *   that carry exactly these headers, each once; what has other ones gets an answer that no test takes, or an error. What goes
 *   to another origin passes, and with `allowUnmocked` the rest of this one, too; msw lets everything pass that has another URL
 */

async function msw(name) {
  const { http, HttpResponse } = await import(name);
  const { setupServer } = await import(`${name}/node`);
  const server = setupServer();
  server.listen({ onUnhandledRequest: 'bypass', onUnhandledFrame: 'bypass' });
  const respond = (waiting, headers) => {
    const carries = ([name, value]) => headers.get(name) === value;
    const at = waiting.findIndex(([wanted]) => Object.entries(wanted).every(carries));
    if (at === -1) return HttpResponse.text(JSON.stringify([...headers]), { status: 418 });
    const [[, status]] = waiting.splice(at, 1);
    return HttpResponse.text('mocked', { status });
  };
  return {
    answer(url, answers) {
      const waiting = [...answers];
      const see = ({ request }) => respond(waiting, request.headers);
      server.use(http.get(url, see));
    },
  };
}

async function nock(name) {
  const { default: mock } = await import(name);
  mock.enableNetConnect();
  return {
    answer(url, answers, allowUnmocked = false) {
      const { origin, pathname } = new URL(url);
      for (const [reqheaders, status] of answers) {
        const scope = mock(origin, { reqheaders, allowUnmocked });
        scope.get(pathname).reply(status, 'mocked');
      }
    },
  };
}

/** @type {Readonly<Record<string, () => Promise<Mock>>>} */
export const mocks = {
  nock13: () => nock('nock13'),
  nock14: () => nock('nock14'),
  nock15: () => nock('nock15'),
  msw2: () => msw('msw2'),
  msw3: () => msw('msw3'),
};
