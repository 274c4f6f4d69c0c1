package rostergate.interop;

import jakarta.xml.bind.JAXBElement;
import jakarta.xml.bind.annotation.XmlElement;
import jakarta.xml.bind.annotation.XmlElementRef;
import java.lang.reflect.Field;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.xml.datatype.DatatypeConfigurationException;
import javax.xml.datatype.DatatypeFactory;
import javax.xml.datatype.XMLGregorianCalendar;
import javax.xml.namespace.QName;

/** Turns trees of maps, lists and scalars into objects of the classes that JAXB made, and back. */
final class Beans {
  private Beans() {}

  /** The object of this class that says what the tree says; fails where the class has no such element or value. */
  static Object typed(Object tree, Class<?> type) throws ReflectiveOperationException {
    if (tree instanceof Map<?, ?> children) {
      Object bean = type.getDeclaredConstructor().newInstance();
      for (Map.Entry<?, ?> child : children.entrySet()) set(bean, (String) child.getKey(), child.getValue());
      return bean;
    }
    if (type.isEnum()) return type.getMethod("fromValue", String.class).invoke(null, tree);
    if (type == XMLGregorianCalendar.class) return calendar((String) tree);
    if (type == Integer.class || type == int.class) return Math.toIntExact((Long) tree);
    if (type == BigInteger.class) return BigInteger.valueOf((Long) tree);
    return tree;
  }

  /** What an object says, as a tree; numbers become long, dates text as in XML, and an empty list is left out. */
  static Object plain(Object value) throws ReflectiveOperationException {
    if (value == null || value instanceof String || value instanceof Boolean) return value;
    if (value instanceof JAXBElement<?> element) return element.isNil() ? null : plain(element.getValue());
    if (value instanceof Number number) return number.longValue();
    if (value instanceof XMLGregorianCalendar calendar) return calendar.toXMLFormat();
    if (value instanceof Enum<?>) return value.getClass().getMethod("value").invoke(value);
    if (value instanceof List<?> items) {
      List<Object> plain = new ArrayList<>();
      for (Object item : items) plain.add(plain(item));
      return plain.isEmpty() ? null : plain;
    }
    Map<String, Object> plain = new LinkedHashMap<>();
    for (Field field : fieldsOf(value.getClass())) {
      Object child = plain(field.get(value));
      if (child != null) plain.put(elementOf(field).getLocalPart(), child);
    }
    return plain;
  }

  private static void set(Object bean, String name, Object tree) throws ReflectiveOperationException {
    for (Field field : fieldsOf(bean.getClass())) {
      if (!elementOf(field).getLocalPart().equals(name)) continue;
      if (field.getType() == List.class) {
        List<Object> items = new ArrayList<>();
        for (Object item : (List<?>) tree) items.add(typed(item, argumentOf(field)));
        field.set(bean, items);
      } else if (field.getType() == JAXBElement.class) {
        field.set(bean, element(elementOf(field), argumentOf(field), tree));
      } else {
        field.set(bean, typed(tree, field.getType()));
      }
      return;
    }
    throw new NoSuchFieldException(bean.getClass().getName() + " has no element " + name);
  }

  private static <T> JAXBElement<T> element(QName name, Class<T> type, Object tree)
      throws ReflectiveOperationException {
    JAXBElement<T> element = new JAXBElement<>(name, type, tree == null ? null : type.cast(typed(tree, type)));
    element.setNil(tree == null);
    return element;
  }

  private static XMLGregorianCalendar calendar(String text) {
    try {
      return DatatypeFactory.newInstance().newXMLGregorianCalendar(text);
    } catch (DatatypeConfigurationException error) {
      throw new IllegalStateException(error);
    }
  }

  private static List<Field> fieldsOf(Class<?> type) {
    List<Field> fields = new ArrayList<>();
    for (Class<?> each = type; each != null && each != Object.class; each = each.getSuperclass()) {
      fields.addAll(List.of(each.getDeclaredFields()));
    }
    fields.forEach(field -> field.setAccessible(true));
    return fields;
  }

  /** The element that a field stands for; its namespace is told for a {@code JAXBElement} only. */
  private static QName elementOf(Field field) {
    XmlElementRef reference = field.getAnnotation(XmlElementRef.class);
    if (reference != null) return new QName(reference.namespace(), reference.name());
    XmlElement element = field.getAnnotation(XmlElement.class);
    return new QName(element == null || element.name().equals("##default") ? field.getName() : element.name());
  }

  private static Class<?> argumentOf(Field field) {
    Type argument = ((ParameterizedType) field.getGenericType()).getActualTypeArguments()[0];
    return (Class<?>) argument;
  }
}
