// Package connect is Atlassian Connect: the protocol by which a Jira Cloud site installs the app, opens its panels and tells of
// changes, and by which we call that site back.
//
// It promises that nothing is written for a call whose signature, audience, address and time were not checked first; that
// the algorithm of a token is ours to choose and never the token's; that a token for one kind of route opens no other;
// that what somebody may do is asked of Jira, for the ids that Jira signed, and that no answer means no. Callers learn
// only that they are not let in; the log learns why. It never keeps more of Jira's people than account ids.
package connect
