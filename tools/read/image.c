/* SPDX-License-Identifier: MIT */
/*
 * See image.h.
 */
#include "read/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/util.h"
#include "pyc_path.h"
#include "read/image_names.h"
#include "read/image_pyc.h"

#define DEPTH_MAX 250 /* a descriptor is open for each level */

struct walk {
	struct image *image;
	dev_t device;
	const struct image_package *start; /* of the directory that was named */
	unsigned depth;
	bool holds_trees; /* the directory that was named is one of a root's */
};

/* Note a directory that could not be read. */
static void note_unread(struct image *image, const char *path, int error)
{
	if (image->errors++)
		return;
	image->first_unread = xstrdup(path);
	image->unread_error = error;
}

static struct image_package *add_package(struct image *image, const char *name,
					 const char *directory, const char *own_tag,
					 struct image_package *tree)
{
	struct image_package *package = xcalloc(1, sizeof(*package));

	package->tree = tree ? tree : package;
	package->name = xstrdup(name);
	package->directory = xstrdup(directory);
	snprintf(package->own_tag, sizeof(package->own_tag), "%s", own_tag);
	if (*own_tag && *package->tree->library_tag &&
	    strcmp(package->tree->library_tag, own_tag) != 0)
		package->tree->libraries_differ = true;
	else if (*own_tag)
		snprintf(package->tree->library_tag, IMAGE_TAG_BYTES, "%s", own_tag);
	image->package = xrealloc(image->package,
				  (image->packages + 1) * sizeof(struct image_package *));
	image->package[image->packages++] = package;
	return package;
}

/* The tag of an interpreter called `name`, such as python3.11 or pypy3.9; false: none. */
static bool tag_of_name(const char *name, char tag[IMAGE_TAG_BYTES])
{
	unsigned major, minor;
	int end = 0;

	if (sscanf(name, "python%1u.%2u%n", &major, &minor, &end) == 2 && !name[end] &&
	    (major == 3 || minor == 7))
		return snprintf(tag, IMAGE_TAG_BYTES, "cpython-%u%u", major, minor) > 0;
	if (sscanf(name, "pypy%1u.%2u%n", &major, &minor, &end) == 2 && !name[end])
		return snprintf(tag, IMAGE_TAG_BYTES, "pypy%u%u", major, minor) > 0;
	return false;
}

/* The same for the component of a path that begins at `name`. */
static void tag_of_component(const char *name, char tag[IMAGE_TAG_BYTES])
{
	char *component = xasprintf("%.*s", (int)strcspn(name, "/"), name);

	if (!tag_of_name(component, tag))
		*tag = '\0';
	free(component);
}

static void add_python(struct image *image, const char *path, const char *name)
{
	struct image_python python;
	struct image_python *grown;

	if (!tag_of_name(name, python.tag))
		return;
	python.path = xasprintf("%s/%s", strcmp(path, "/") == 0 ? "" : path, name);
	grown = xrealloc(image->python, (image->pythons + 1) * sizeof(*grown));
	grown[image->pythons++] = python;
	image->python = grown;
}

/* Note at the top of a tree which interpreter has left pycs in the tree. */
static void add_tree_tag(struct image_package *tree, const char *tag)
{
	size_t i;

	for (i = 0; i < tree->tree_tags; i++)
		if (strcmp(tree->tree_tag[i], tag) == 0)
			return;
	tree->tree_tag = xrealloc(tree->tree_tag, (i + 1) * sizeof(*tree->tree_tag));
	snprintf(tree->tree_tag[i], sizeof(*tree->tree_tag), "%s", tag);
	tree->tree_tags++;
}

static struct image_count *count_of(struct image_package *package, const char *tag)
{
	size_t i;

	for (i = 0; i < package->counts; i++)
		if (strcmp(package->count[i].tag, tag) == 0)
			return &package->count[i];
	package->count = xrealloc(package->count,
				  (package->counts + 1) * sizeof(*package->count));
	package->count[i] = (struct image_count){0};
	snprintf(package->count[i].tag, IMAGE_TAG_BYTES, "%s", tag);
	package->counts++;
	if (!*package->own_tag)
		add_tree_tag(package->tree, tag);
	return &package->count[i];
}

/* Add the verdict on one pyc to the counts of its interpreter. */
static void count_pyc(struct image_count *count, const struct image_pyc *pyc)
{
	bool valid = pyc->state == IMAGE_VALID;

	count->sources++;
	count->source_bytes += pyc->source_bytes;
	count->invalid_source_bytes += valid ? 0 : pyc->source_bytes;
	count->pycs.hash_based += pyc->hash_based;
	count->pycs.valid += valid;
	if (valid) {
		count->valid_bytes += pyc->bytes;
		count->valid_source_bytes += pyc->source_bytes;
	}
	count->pycs.unreadable += pyc->state == IMAGE_UNREADABLE;
	if (pyc->magic)
		image_tally_add(&count->magics, pyc->magic, 1, pyc->source_bytes);
	if (pyc->state != IMAGE_STALE)
		return;
	count->pycs.damaged += pyc->damaged;
	count->pycs.stale++;
	count->stale_bytes += pyc->bytes;
	count->stale_source_bytes += pyc->source_bytes;
	count->pycs.stale_reasons[pyc->reason]++;
	if (pyc->reason == STALE_mtime)
		image_tally_add(&count->mtimes, pyc->source_mtime, 1, pyc->source_bytes);
}

/* Add the verdict on an optimised pyc, which a start without -O does not look for. */
static void count_optimised(struct image_count *count, const struct image_pyc *pyc,
			    const char *level, size_t length)
{
	struct image_optimised *optimised = &count->pycs.optimised[IMAGE_LEVEL_OTHER];

	if (length == strlen(".opt-1") && memcmp(level, ".opt-1", length) == 0)
		optimised = &count->pycs.optimised[IMAGE_LEVEL_1];
	else if (length == strlen(".opt-2") && memcmp(level, ".opt-2", length) == 0)
		optimised = &count->pycs.optimised[IMAGE_LEVEL_2];
	optimised->valid += pyc->state == IMAGE_VALID;
	optimised->stale += pyc->state == IMAGE_STALE;
	optimised->unreadable += pyc->state == IMAGE_UNREADABLE;
}

/* The tag of a pyc's name; one beside its source has none, and is taken for Python 2.7's. */
static void name_tag(char tag[IMAGE_TAG_BYTES], const char *path,
		     const struct pyc_path_parts *parts)
{
	if (parts->tag)
		snprintf(tag, IMAGE_TAG_BYTES, "%.*s", (int)(parts->tag_end - parts->tag),
			 path + parts->tag);
	else
		snprintf(tag, IMAGE_TAG_BYTES, "%s", IMAGE_TAG_2);
}

/* Counts what has no source: an orphan in a cache, or a module that is all there is. */
static void count_lost(struct image *image, const struct image_place *place,
		       const struct pyc_path_parts *parts)
{
	if (!parts->in_cache) {
		image->sourceless++;
		return;
	}
	image->orphaned++;
	image->orphaned_bytes += image_pyc_bytes(&image->root, place);
}

/* Judge the pyc at `place`.  `sources` are the names in the directory of its source. */
static void take_pyc(struct walk *walk, struct image_package *package,
		     const struct image_names *sources, const struct image_place *place)
{
	struct image *image = walk->image;
	struct pyc_path_parts parts = pyc_path_split(place->path, strlen(place->path));
	char tag[IMAGE_TAG_BYTES];
	struct image_count *count;
	struct image_pyc pyc = {0};
	char *source;
	bool optimised = parts.tag ? parts.tag_end != parts.name_end
				   : place->path[strlen(place->path) - 1] == 'o';

	name_tag(tag, place->path, &parts);
	if (strstr(tag, "pytest")) /* pytest's rewritten tests, which no import uses */
		return;
	source = xasprintf("%.*s.py", (int)(parts.stem_end - parts.base),
			   place->path + parts.base);
	pyc.is_lost = !image_names_have(sources, source);
	if (!pyc.is_lost)
		image_pyc_judge(&pyc, &image->root, place, source, parts.tag ? tag : "");
	if (pyc.is_lost)
		count_lost(image, place, &parts);
	/* Python 3 does not look for a pyc beside its source */
	if (pyc.is_lost || (!parts.tag && pyc.is_foreign)) {
		free(source);
		return;
	}
	if (!image->on_source)
		image_owners_add(&image->owners, &image->root, place, &pyc, source);
	free(source);
	count = count_of(package, tag);
	count->pycs.bytes += pyc.bytes;
	count->pycs.disk_bytes += pyc.disk_bytes;
	if (optimised)
		count_optimised(count, &pyc, place->path + parts.tag_end,
				parts.tag ? parts.name_end - parts.tag_end : 0);
	else
		count_pyc(count, &pyc);
}

static char *join(const char *path, const char *name)
{
	return xasprintf("%s/%s", strcmp(path, "/") == 0 ? "" : path, name);
}

/* The pycs of a __pycache__; `parent` is the directory with the sources. */
static void take_cache(struct walk *walk, struct image_package *package,
		       const struct image_names *sources, int parent,
		       const char *parent_path)
{
	char *cache = join(parent_path, PYCACHE), *path;
	struct image_names names = {0};
	int fd = image_open_cache(&walk->image->root, parent, cache);
	int error = fd < 0 ? fd : image_names_read(&names, fd);
	size_t i;

	if (error == -ENOTDIR && !walk->image->no_caches++)
		walk->image->first_no_cache = xstrdup(cache);
	else if (error && error != -ENOTDIR && error != -ENOENT)
		note_unread(walk->image, cache, -error);
	for (i = 0; i < names.count; i++) {
		if (!pyc_path_is_compiled(names.name[i], strlen(names.name[i])))
			continue;
		path = join(cache, names.name[i]);
		take_pyc(walk, package, sources,
			 &(struct image_place){fd, parent, names.name[i], path,
					       parent_path});
		free(path);
	}
	walk->image->files += (int64_t)names.count;
	image_names_free(&names);
	free(cache);
	if (fd >= 0)
		close(fd);
}

static void take_source(struct walk *walk, struct image_package *package, int fd,
			const char *name, const char *path)
{
	struct stat status;

	if (image_status(&walk->image->root, fd, name, path, &status) != 0 ||
	    !S_ISREG(status.st_mode))
		return;
	package->sources++;
	package->source_bytes += status.st_size;
	if (walk->image->on_source)
		walk->image->on_source(
			walk->image->context,
			&(struct image_source){package, fd, name, path, status.st_size});
}

static bool is_library(const char *name)
{
	return strcmp(name, "site-packages") == 0 || strcmp(name, "dist-packages") == 0;
}

/* Directories of a root that hold many programs: each entry is a tree of its own. */
static bool holds_trees(const char *path, size_t length)
{
	static const char *const holders[] = {"",
					      "/usr",
					      "/usr/lib",
					      "/usr/share",
					      "/usr/local",
					      "/usr/local/lib",
					      "/usr/local/share",
					      "/opt",
					      "/srv",
					      "/home",
					      "/root"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(holders); i++)
		if (strlen(holders[i]) == length && memcmp(path, holders[i], length) == 0)
			return true;
	return false;
}

/*
 * Does the directory belong to a program that is no Python application, unless there are
 * pycs in it?  Node's modules do, and so do hidden directories (.rustup) and trees below
 * /usr.  A distribution's libraries (/usr/lib/python3) and /usr/local are Python's or the
 * administrator's.
 */
static bool is_vendored(const struct walk *walk, const char *name, const char *path)
{
	return strcmp(name, "node_modules") == 0 || (walk->holds_trees && *name == '.') ||
	       (walk->holds_trees && strncmp(path, "/usr/", 5) == 0 &&
		strncmp(path, "/usr/local/", 11) != 0 && strncmp(name, "python", 6) != 0);
}

static void walk_directory(struct walk *walk, struct image_package *package, int fd,
			   const char *path);

/* The package that a directory begins, or else that of its parent. */
static struct image_package *package_of(struct walk *walk, struct image_package *package,
					const char *name, const char *path)
{
	const char *above = strrchr(package->directory, '/');
	char tag[IMAGE_TAG_BYTES] = "";
	size_t parent = strlen(path) - strlen(name) - 1;
	struct image_package *begun;

	if (walk->holds_trees && holds_trees(path, parent)) {
		(void)tag_of_name(name, tag);
		begun = add_package(walk->image, name, path, tag, NULL);
		begun->vendored = !*tag && is_vendored(walk, name, path);
	} else if (tag_of_name(name, tag)) {
		begun = add_package(walk->image, name, path, tag, package->tree);
	} else if (strcmp(name, "node_modules") == 0) {
		begun = add_package(walk->image, name, path, "", NULL);
		begun->vendored = true;
	} else if (is_library(name) || (above && is_library(above + 1)) ||
		   package == walk->start) {
		begun = add_package(walk->image, name, path, package->own_tag,
				    package->tree);
		begun->vendored = package->vendored && !is_library(name);
	} else {
		return package;
	}
	return begun;
}

/* Descend into a directory; a package begins below a library, and at lib/pythonX.Y. */
static void take_directory(struct walk *walk, struct image_package *package, int parent,
			   const char *name, const char *path)
{
	struct stat status;
	int fd = openat(parent, name,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0) {
		if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
			note_unread(walk->image, path, errno);
		return;
	}
	if (fstat(fd, &status) != 0 || status.st_dev != walk->device ||
	    walk->depth >= DEPTH_MAX) {
		if (walk->depth >= DEPTH_MAX)
			note_unread(walk->image, path, ENAMETOOLONG);
		close(fd);
		return;
	}
	walk->depth++;
	walk_directory(walk, package_of(walk, package, name, path), fd, path);
	walk->depth--;
	close(fd);
}

static void take_name(struct walk *walk, struct image_package *package,
		      const struct image_names *names, int fd, const char *path,
		      const char *name)
{
	size_t length = strlen(name);
	char *inner = join(path, name);
	struct stat status;

	switch (pyc_path_class(name, length)) {
	case PYC_CACHE:
		take_cache(walk, package, names, fd, path);
		break;
	case PYC_SOURCE:
		take_source(walk, package, fd, name, inner);
		break;
	case PYC_FILE:
		take_pyc(walk, package, names,
			 &(struct image_place){fd, fd, name, inner, path});
		break;
	default:
		if (fstatat(fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
			break;
		if (S_ISDIR(status.st_mode))
			take_directory(walk, package, fd, name, inner);
		else if (strstr(path, "bin") && !S_ISLNK(status.st_mode))
			add_python(walk->image, path, name);
	}
	free(inner);
}

static void walk_directory(struct walk *walk, struct image_package *package, int fd,
			   const char *path)
{
	struct image_names names;
	size_t i;
	int error;

	error = image_names_read(&names, fd);
	if (error)
		note_unread(walk->image, path, -error);
	walk->image->files += (int64_t)names.count;
	if (!walk->image->on_source)
		image_owners_read_records(&walk->image->owners, &walk->image->root,
					  &names, path);
	if (walk->image->progress)
		progress_update(walk->image->progress, (uint64_t)walk->image->files);
	for (i = 0; i < names.count; i++)
		take_name(walk, package, &names, fd, path, names.name[i]);
	image_names_free(&names);
}

int image_add(struct image *image, const char *path)
{
	struct walk walk = {.image = image};
	struct image_package *package;
	char tag[IMAGE_TAG_BYTES] = "", *copy, *name;
	struct stat status;
	int fd = image_open_path(&image->root, path, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
	int error = fd < 0 ? fd : fstat(fd, &status) != 0 ? -errno : 0;

	if (error < 0) {
		if (fd >= 0)
			close(fd);
		return error;
	}
	walk.device = status.st_dev;
	copy = xstrdup(path);
	copy[pyc_path_trim(copy, strlen(copy))] = '\0';
	for (name = copy + strlen(copy); !*tag && name > copy; name--)
		if (name[-1] == '/')
			tag_of_component(name, tag);
	name = copy + pyc_path_base(copy, strlen(copy));
	package = add_package(image, *name ? name : "/", copy, tag, NULL);
	walk.start = package;
	walk.holds_trees = holds_trees(copy, strcmp(copy, "/") == 0 ? 0 : strlen(copy));
	walk_directory(&walk, package, fd, copy);
	free(copy);
	close(fd);
	return 0;
}

void image_find_pythons(struct image *image, const char *path)
{
	int fd = image_open_path(&image->root, path, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
	struct image_names names;
	size_t i;

	if (fd < 0)
		return;
	if (image_names_read(&names, fd) == 0)
		for (i = 0; i < names.count; i++)
			add_python(image, path, names.name[i]);
	image_names_free(&names);
	close(fd);
}

void image_free(struct image *image)
{
	size_t i;

	for (i = 0; i < image->packages; i++) {
		free(image->package[i]->name);
		free(image->package[i]->directory);
		free(image->package[i]->count);
		free(image->package[i]->tree_tag);
		free(image->package[i]);
	}
	for (i = 0; i < image->pythons; i++)
		free(image->python[i].path);
	free(image->package);
	image_owners_free(&image->owners);
	free(image->first_unread);
	free(image->first_no_cache);
	free(image->python);
	free(image->magic);
}
