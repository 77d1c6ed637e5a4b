/**
 * Scenes that do not hold on a runtime, each with the reason. One that holds after all fails the run, so that the list stays true.
 * What `hangs` is not waited for as long as what only takes its time.
 */
export const knownDifferences = {
  node: [],
  bun: [
    {
      scenes:
        /^https keeps (?:token and key out of an? (?:answer|refusal)|the headers out of answers, refusals and the client)$/,
      why: 'its sockets have no place below what is printed: the head of a request shows the token (decision 0044)',
    },
    {
      scenes: /where TLSv1\.[23] sessions could be resumed$/,
      why: 'its server, which the suite starts, does not tell the client of a resumed session; with a server on Node it holds',
    },
    {
      scenes: /takes the TLS alert that refuses a certificate for a refusal$/,
      why: 'its server does not tell whose certificate it has accepted then',
    },
    {
      scenes: /goes through the proxy it is given, and shows it no secret$/,
      why: 'its server does not tell whose certificate came through a tunnel; a server on Node has seen it',
    },
    {
      scenes:
        /(?:authority|authorities|body that can be read once|passes on what it cannot verify)/,
      why: 'its server cannot change its certificate while it runs, as these scenes have it do',
    },
  ],
  deno: [
    {
      scenes:
        /sends (?:a request again that the server has not|no request again that the server may have) processed/,
      why: 'it sends a request again by itself where a kept connection breaks, whatever the method, and below every client',
    },
    {
      scenes: /^(?:https|axios|got) keeps token and key out of /,
      why: 'its secure contexts keep the private key as text, and hang on each socket; the token is nowhere',
    },
    {
      scenes: /^axios .*: form$/,
      hangs: true,
      why: 'axios itself, without us, never ends the second request with a FormData over one TLS connection',
    },
  ],
};
