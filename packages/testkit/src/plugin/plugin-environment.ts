/** Environment variables through which the demo's server and its plugin find each other. */
export const issuerUrlVariable = 'KEYTURN_TEST_ISSUER_URL';
export const issuerSecretVariable = 'KEYTURN_TEST_ISSUER_SECRET';
