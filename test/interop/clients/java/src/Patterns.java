package rostergate.interop;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Compares answers with the scenario's patterns, and keeps the texts that later steps use. */
final class Patterns {
  private final Map<String, Object> saved = new HashMap<>();

  /** A request with the kept texts in place. */
  Object filled(Object tree) {
    if (tree instanceof List<?> items) {
      List<Object> filled = new ArrayList<>();
      for (Object item : items) filled.add(filled(item));
      return filled;
    }
    if (!(tree instanceof Map<?, ?> children)) return tree;
    if (children.containsKey("$saved")) return saved.get(children.get("$saved"));
    Map<Object, Object> filled = new HashMap<>();
    children.forEach((name, child) -> filled.put(name, filled(child)));
    return filled;
  }

  /** What of the answer does not match the pattern; null when all does. */
  String wrong(Object pattern, Object value, String at) {
    String unlike = at + ": " + pattern + " wanted, got " + value;
    if (pattern instanceof List<?> wanted) {
      if (!(value instanceof List<?> items) || items.size() != wanted.size()) return unlike;
      for (int index = 0; index < wanted.size(); index++) {
        String problem = wrong(wanted.get(index), items.get(index), at + "[" + index + "]");
        if (problem != null) return problem;
      }
      return null;
    }
    if (!(pattern instanceof Map<?, ?> wanted)) return Objects.equals(pattern, value) ? null : unlike;
    if (wanted.get("$text") instanceof String name) {
      saved.put(name, value);
      return value instanceof String text && !text.isEmpty() ? null : unlike;
    }
    if (wanted.get("$saved") instanceof String name) return wrong(saved.get(name), value, at);
    if (wanted.get("$atLeast") instanceof Long lowest) {
      return value instanceof Long number && number >= lowest ? null : unlike;
    }
    if (wanted.get("$count") instanceof Long count) {
      return value instanceof List<?> items && items.size() == count ? null : unlike;
    }
    if (wanted.get("$inAnyOrder") instanceof List<?> items) return wrongInAnyOrder(items, value, at);
    if (value != null && !(value instanceof Map<?, ?>)) return unlike;
    Map<?, ?> children = value instanceof Map<?, ?> map ? map : Map.of();
    for (Map.Entry<?, ?> each : wanted.entrySet()) {
      String problem = wrong(each.getValue(), children.get(each.getKey()), at + "." + each.getKey());
      if (problem != null) return problem;
    }
    return null;
  }

  private String wrongInAnyOrder(List<?> wanted, Object value, String at) {
    List<Object> rest = new ArrayList<>(value instanceof List<?> items ? items : List.of());
    if (rest.size() != wanted.size()) return at + ": " + wanted.size() + " items wanted, got " + value;
    for (Object each : wanted) {
      Object match = rest.stream().filter(item -> wrong(each, item, at) == null).findFirst().orElse(null);
      if (match == null) return at + ": no item like " + each + " in " + value;
      rest.remove(match);
    }
    return null;
  }
}
