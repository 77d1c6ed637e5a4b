import { failedScenes } from '@keyturn/testkit';
import { expect, it } from 'vitest';
import { axiosInterceptors } from './axios-interceptors.js';
import { gotAfterResponse } from './got-after-response.js';

// These lists are the reason for this framework. Recipes have no options, so that scenes about options are among them.
/** Recipes know one header, and one status. */
const failedByBoth = [
  'carries the headers along a redirect that stays in scope',
  'does not carry a header along a redirect to another origin, nor back from there',
  'leaves a header of your own alone, in any letter case, and sends the others',
  'passes one of "refusedStatuses" on with "replay: false", and the next request carries a new token',
  'puts an authorization among the headers in the place of the token',
  'replays a refused request with the headers of the next credential',
  'replays nothing where you have set every header of the credential yourself',
  'replays what is answered with one of "refusedStatuses", and nothing else',
  'sends a request again that the server has not processed, with the newest headers',
  'sends no header of the credential after unbind()',
  'sends the headers of a credential without a token',
  'goes as nobody where the source says so',
  'sends the headers of the credential beside its token',
  'sends the other headers beside an Authorization of your own',
  'waits for the other headers with an Authorization of your own, once it is known that there are any',
];

const failedByAxios = [
  ...failedByBoth,
  'carries the token along a redirect that stays in scope',
  'does not carry a token to another origin',
  'gives up at once when refusals are too frequent',
  'hands the refused answer to the source',
  "honours one caller's abort while waiting, and another on the same load succeeds",
  "honours the caller's abort while the next token is on its way",
  'keeps token and key out of a connection error',
  'keeps token and key out of a refusal',
  'keeps token and key out of an answer',
  'leaves an Authorization of your own alone, in any letter case',
  'passes a refusal on with "replay: false", and the next request carries a new token',
  'passes the refusal of a stream on, and the next request carries a new token',
  'refuses an unknown option by its name',
  'refuses to send to plain http beyond this machine',
  "respects the client's timeout while waiting",
  'runs and replays nothing for an Authorization of your own',
  "runs the caller's own hooks once per answer",
  'says which option is missing when it knows no origin',
  'sends a request again that the server has not processed, with the newest token',
  'sends the body of the call, whatever the caller does to it while it waits: bytes',
  'sends the body of the call, whatever the caller does to it while it waits: form',
  'sends the body of the call, whatever the caller does to it while it waits: params',
  'starts nothing for the late refusal of an older token',
  'takes a refusal by another origin for none of its own',
].toSorted();

const failedByGot = [
  ...failedByBoth,
  'carries nothing along a chain of redirects that began elsewhere and comes in',
  'carries nothing along a chain of redirects that has left and comes back',
  'does not carry a token along a redirect to another origin',
  'does not carry a token to another origin',
  "gives a retry by the client or someone else's plugin the current token",
  'gives up at once when refusals are too frequent',
  'hands the refused answer to the source',
  'keeps token and key out of a connection error',
  'keeps token and key out of a refusal',
  'keeps token and key out of an answer',
  'lets a source failure through with its code',
  'passes a refusal on with "replay: false", and the next request carries a new token',
  'passes the refusal of a stream on, and the next request carries a new token',
  'refuses an unknown option by its name',
  'refuses to send to plain http beyond this machine',
  'replays the body intact: form',
  "respects the client's timeout while waiting",
  'runs and replays nothing for an Authorization of your own',
  "runs the caller's own hooks once per answer",
  'says which option is missing when it knows no origin',
  'sends a request again that the server has not processed, with the newest token',
  'sends the body of the call, whatever the caller does to it while it waits: bytes',
  'sends the body of the call, whatever the caller does to it while it waits: form',
  'starts nothing for the late refusal of an older token',
  'takes a refusal by another origin for none of its own',
].toSorted();

// Each refusal that comes late starts a load of its own in that recipe: whether one does, comes with the speed of the machine.
const byLuck = 'shares one load between 50 simultaneous refusals, and no caller sees one';

it('a pair of axios interceptors fails what it is known to fail', async () => {
  const failed = await failedScenes(() => axiosInterceptors, failedByAxios);
  expect(failed.sort()).toEqual(failedByAxios);
});

it("got's afterResponse recipe fails what it is known to fail", async () => {
  const failed = await failedScenes(() => gotAfterResponse, [...failedByGot, byLuck]);
  expect(failed.filter((name) => name !== byLuck).sort()).toEqual(failedByGot);
});
