package results

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

// normalise turns a URI of a report into a path with slashes that can be compared from its end: without BOM, scheme,
// "[project]:" prefix, percent escapes of URIs, drive, "." and "..", build folders and a trailing ":line". It may still
// be absolute on another machine, or relative to any folder.
func normalise(uri string) string {
	p := strings.TrimPrefix(uri, "\ufeff")
	if strings.HasPrefix(p, "[") {
		if i := strings.Index(p, "]:"); i > 0 {
			p = p[i+2:]
		}
	}
	for _, scheme := range []string{"file:", "classpath:", "classpath*:"} {
		rest, ok := strings.CutPrefix(p, scheme)
		if !ok {
			continue
		}
		p = rest
		if strings.HasPrefix(p, "//") {
			if slash := strings.IndexByte(p[2:], '/'); slash >= 0 {
				p = p[2+slash:] // the authority
			}
		}
		if plain, err := url.PathUnescape(p); err == nil {
			p = plain
		}
		break
	}
	p = strings.ReplaceAll(p, `\`, "/")
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
	for _, folder := range buildFolders {
		if i := strings.LastIndex("/"+p, "/"+folder); i >= 0 {
			p = p[i+len(folder):]
			if strings.HasPrefix(folder, "bin/") { // bin/Debug/net8.0/
				if slash := strings.IndexByte(p, '/'); slash > 0 && strings.HasPrefix(p, "net") {
					p = p[slash+1:]
				}
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
