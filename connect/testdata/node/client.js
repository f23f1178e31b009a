// Signs, verifies and canonicalises with npm's atlassian-jwt, and asks the validator of atlassian-connect-express: reads one JSON
// document, writes another.
"use strict";

const jwt = require("atlassian-jwt");
const moment = require("moment");
const { getVerifiedClaims } = require("atlassian-connect-express/lib/middleware/authentication.js");
const { readFileSync } = require("fs");
const { parse } = require("url");
const querystring = require("querystring");

const answers = {
  canonical: ({ method, target, base }) => jwt.createCanonicalRequest(jwt.fromMethodAndUrl(method, target), false, base),
  hash: ({ method, target, base }) => jwt.createQueryStringHash(jwt.fromMethodAndUrl(method, target), false, base),
  symmetric: ({ method, target, base, claims, secret }) => {
    const qsh = jwt.createQueryStringHash(jwt.fromMethodAndUrl(method, target), false, base);
    return jwt.encodeSymmetric({ ...claims, qsh }, secret, "HS256");
  },
  form: ({ target, body, base, claims, secret }) => {
    const qsh = jwt.createQueryStringHash({ method: "POST", pathname: target, query: {}, body }, true, base);
    return jwt.encodeSymmetric({ ...claims, qsh }, secret, "HS256");
  },
  asymmetric: ({ target, base, claims, key, kid }) => {
    const qsh = jwt.createQueryStringHash(jwt.fromMethodAndUrl("POST", target), false, base);
    return jwt.encodeAsymmetric({ ...claims, qsh }, key, "RS256", { kid });
  },
  verify: ({ token, secret, method, target }) => {
    const claims = jwt.decodeSymmetric(token, secret, "HS256");
    const qsh = jwt.createQueryStringHash(jwt.fromMethodAndUrl(method, target), false, "");
    return JSON.stringify({ ...claims, fits: claims.qsh === qsh });
  },
  // validate answers with the account that express lets in; context is true on routes that take context tokens.
  validate: async ({ method, target, header, form, base, key, secrets, context, now }) => {
    moment.now = () => now * 1000;
    const quiet = () => {};
    const app = {
      key,
      config: { baseUrl: { href: base }, maxTokenAge: () => 900000, expressErrorHandling: () => true },
      settings: { get: async (_, client) => (secrets[client] ? { sharedSecret: secrets[client], baseUrl: "https://example.com", key } : null) },
      logger: { warn: quiet, error: quiet },
    };
    const headers = header ? { authorization: header } : {};
    const request = {
      method, originalUrl: target, headers, header: (name) => headers[name.toLowerCase()],
      query: { ...parse(target, true).query }, body: { ...querystring.parse(form ?? "") },
    };
    const { userAccountId } = await getVerifiedClaims(app, request, { setHeader: quiet }, context ?? false);
    return "in: " + userAccountId;
  },
};

const say = async (question) => {
  try {
    return await answers[question.ask](question);
  } catch (cause) {
    return "error: " + cause.message;
  }
};

(async () => {
  const all = [];
  for (const question of JSON.parse(readFileSync(0, "utf8"))) all.push(await say(question));
  process.stdout.write(JSON.stringify(all));
})();
