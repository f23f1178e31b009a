package report

import (
	"net/url"
	"path"
	"strconv"
	"strings"
)

// buildFolders hold copies of feature files that builds make.
var buildFolders = []string{
	"target/test-classes/", "target/classes/", "build/resources/test/", "build/resources/main/", "out/test/resources/",
	"bazel-bin/", "bin/Debug/", "bin/Release/",
}

// NormaliseURI turns a URI of a report into a path with slashes that can be compared from its end: without BOM, scheme,
// "[project]:" prefix, percent escapes of URIs, drive, "." and "..", build folders and a trailing ":line". It may still
// be absolute on another machine, or relative to any folder.
func NormaliseURI(uri string) string {
	p := strings.TrimPrefix(uri, "\ufeff")
	if strings.HasPrefix(p, "[") {
		if i := strings.Index(p, "]:"); i > 0 {
			p = p[i+2:]
		}
	}
	p = strings.ReplaceAll(cutScheme(p), `\`, "/")
	p, _ = splitLine(p)
	if len(p) > 2 && p[1] == ':' && p[2] == '/' {
		p = p[2:]
	} else if len(p) > 3 && p[0] == '/' && p[2] == ':' && p[3] == '/' {
		p = p[3:]
	}
	if p == "" {
		return ""
	}
	p = strings.TrimPrefix(path.Clean(p), "/")
	for strings.HasPrefix(p, "../") {
		p = p[3:]
	}
	return cutBuildFolder(p)
}

// cutScheme takes off a scheme with its authority, and the percent escapes that come with one.
func cutScheme(p string) string {
	for _, scheme := range []string{"file:", "classpath:", "classpath*:"} {
		rest, ok := strings.CutPrefix(p, scheme)
		if !ok {
			continue
		}
		if strings.HasPrefix(rest, "//") {
			if slash := strings.IndexByte(rest[2:], '/'); slash >= 0 {
				rest = rest[2+slash:]
			}
		}
		if plain, err := url.PathUnescape(rest); err == nil {
			return plain
		}
		return rest
	}
	return p
}

// cutBuildFolder takes off everything up to a build's copies of the feature files.
func cutBuildFolder(p string) string {
	for _, folder := range buildFolders {
		i := strings.LastIndex("/"+p, "/"+folder)
		if i < 0 {
			continue
		}
		p = p[i+len(folder):]
		if strings.HasPrefix(folder, "bin/") && strings.HasPrefix(p, "net") { // bin/Debug/net8.0/
			if slash := strings.IndexByte(p, '/'); slash > 0 {
				p = p[slash+1:]
			}
		}
	}
	return p
}

// splitLine takes the line off "features/a.feature:12" or "features/a.feature:12:3"; 0 when there is none.
func splitLine(at string) (uri string, line int) {
	for range 2 {
		i := strings.LastIndexByte(at, ':')
		if i < 0 {
			break
		}
		n, err := strconv.Atoi(at[i+1:])
		if err != nil || n < 0 || n > 1e9 {
			break
		}
		at, line = at[:i], n
	}
	return at, line
}
