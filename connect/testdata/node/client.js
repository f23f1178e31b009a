// Signs, verifies and canonicalises with npm's atlassian-jwt: reads one JSON document, writes another.
"use strict";

const jwt = require("atlassian-jwt");
const { readFileSync } = require("fs");

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
};

const say = (question) => {
  try {
    return answers[question.ask](question);
  } catch (cause) {
    return "error: " + cause.message;
  }
};

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(say)));
