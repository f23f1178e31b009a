// Package sample makes the repository of the demo: a webshop with a believable history in Git, and what its CI reported.
//
// It promises that the repository is a real one, made by the real git; that the same time given makes the same commits; and
// that every reported scenario is in the feature files of the commit that it was reported for. It needs git and no network,
// and never writes outside of the folder that it is given.
//
// The history is told in story/*.txt: files of commits, each with its changes, and of the builds that CI made of them. See
// parseStory for their form.
package sample
