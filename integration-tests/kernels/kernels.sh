#!/bin/bash
# kernels.sh DIR [VERSION[-FLAVOUR]...]: Debian's newest kernel of each version, as DIR/VERSION-FLAVOUR/vmlinuz (and
# release, its full name, and modules/, those that list TCP sockets and make pairs of interfaces). Flavour: cloud (the default) or rt. Nothing is
# installed, and the machine's own apt configuration is not touched: sources, lists and cache are in DIR/apt.
set -eu
dir=$(mkdir -p "$1" && cd "$1" && pwd)
shift
[ $# -gt 0 ] || set -- 5.10 6.1 6.12 7
mkdir -p "$dir"/apt/{lists/partial,cache/archives/partial,empty}
# The archives that this machine uses.
sites=$(apt-get indextargets --format '$(SITE)' | sort -u)
archive=$(grep -m1 '/debian$' <<< "${sites//\/$/}" || true)
security=$(grep -m1 '/debian-security$' <<< "${sites//\/$/}" || true)
[ -n "$archive" ] || { echo "no Debian archive among this machine's apt sources: add one, or run this on Debian" >&2; exit 1; }
for suite in "$archive bullseye" ${security:+"$security bullseye-security"} "$archive bookworm" "$archive trixie" "$archive sid"; do
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $suite main"
done > "$dir/apt/sources.list"
o=(-q -o Dir::Etc::SourceList="$dir/apt/sources.list" -o Dir::Etc::SourceParts="$dir/apt/empty"
	-o Dir::State::Lists="$dir/apt/lists" -o Dir::Cache="$dir/apt/cache" -o Acquire::Languages=none
	-o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false -o APT::Sandbox::User=root)
[ -n "$(find "$dir/apt/updated" -mmin -1440 2> /dev/null)" ] || { apt-get "${o[@]}" update && touch "$dir/apt/updated"; }

find_kernel() { # VERSION FLAVOUR OUT
	local names release name
	# Since Linux 7 the kernel is in linux-binary-*, and linux-image-* only depends on it.
	names=$(apt-cache "${o[@]}" search --names-only "^linux-(image|binary)-${1//./\\.}\\.[0-9].*-$2-amd64\$" | cut -d' ' -f1 |
		grep -Ev 'unsigned|[~.]deb1?[0-9]\.[0-9]')
	for release in $(sed 's/^linux-[a-z]*-//' <<< "$names" | sort -Vru); do
		for name in linux-binary-$release linux-image-$release; do
			grep -qxF "$name" <<< "$names" || continue
			rm -rf "$3.tmp"
			mkdir -p "$3.tmp/root"
			# An index can list packages that no longer exist; then the next older one is tried.
			(cd "$3.tmp" && apt-get "${o[@]}" download "$name" && dpkg -x ./*.deb root) || continue
			find "$3.tmp/root" -name 'vmlinuz*' -type f -exec mv {} "$3.tmp/vmlinuz" \;
			[ -e "$3.tmp/vmlinuz" ] || continue
			echo "$release $(dpkg-deb -f "$3.tmp/$name"*.deb Version)" > "$3.tmp/release"
			# Since Linux 7 the modules are in a separate package.
			if apt-cache "${o[@]}" show "linux-modules-$release" > /dev/null 2>&1; then
				(cd "$3.tmp" && apt-get "${o[@]}" download "linux-modules-$release" && dpkg -x linux-modules-*.deb root) || continue
			fi
			mkdir -p "$3.tmp/modules"
			find "$3.tmp/root" -name 'inet_diag.ko*' -o -name 'tcp_diag.ko*' -o -name 'veth.ko*' | xargs -r cp -t "$3.tmp/modules"
			find "$3.tmp/modules" -name '*.xz' | xargs -r unxz
			rm -rf "$3.tmp"/root "$3.tmp"/*.deb
			mv "$3.tmp" "$3"
			return
		done
	done
	return 1
}

for kernel; do
	case $kernel in *-*) version=${kernel%-*} flavour=${kernel#*-} ;; *) version=$kernel flavour=cloud ;; esac
	out=$dir/$version-$flavour
	[ -e "$out/modules/veth.ko" ] || rm -rf "$out"
	[ -e "$out/vmlinuz" ] || find_kernel "$version" "$flavour" "$out" || { echo "no kernel $kernel" >&2; exit 1; }
	echo "$out $(cat "$out/release")"
done
