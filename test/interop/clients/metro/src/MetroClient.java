package rostergate.interop;

import jakarta.xml.soap.SOAPElement;
import jakarta.xml.soap.SOAPException;
import jakarta.xml.soap.SOAPMessage;
import jakarta.xml.ws.BindingProvider;
import jakarta.xml.ws.WebServiceException;
import jakarta.xml.ws.handler.MessageContext;
import jakarta.xml.ws.handler.soap.SOAPHandler;
import jakarta.xml.ws.handler.soap.SOAPMessageContext;
import java.util.List;
import java.util.Set;
import javax.xml.namespace.QName;

/** JAX-WS Metro, which has no WS-Security of its own: a handler writes the header. */
public final class MetroClient {
  private MetroClient() {}

  public static void main(String[] arguments) throws Exception {
    Client.run(arguments, MetroClient::secure);
  }

  private static void secure(Object port, String user, String password) {
    ((BindingProvider) port).getBinding().setHandlerChain(List.of(new UsernameToken(user, password)));
  }

  private record UsernameToken(String user, String password) implements SOAPHandler<SOAPMessageContext> {
    private static final String WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-";
    private static final String WSSE = WSS + "wssecurity-secext-1.0.xsd";
    private static final String TEXT = WSS + "username-token-profile-1.0#PasswordText";

    @Override
    public boolean handleMessage(SOAPMessageContext context) {
      if (!Boolean.TRUE.equals(context.get(MessageContext.MESSAGE_OUTBOUND_PROPERTY))) return true;
      try {
        SOAPMessage message = context.getMessage();
        if (message.getSOAPHeader() == null) message.getSOAPPart().getEnvelope().addHeader();
        SOAPElement security = message.getSOAPHeader().addHeaderElement(new QName(WSSE, "Security", "wsse"));
        SOAPElement token = security.addChildElement("UsernameToken", "wsse");
        token.addChildElement("Username", "wsse").addTextNode(user);
        token.addChildElement("Password", "wsse").addTextNode(password).setAttribute("Type", TEXT);
      } catch (SOAPException error) {
        throw new WebServiceException(error);
      }
      return true;
    }

    @Override
    public boolean handleFault(SOAPMessageContext context) {
      return true;
    }

    @Override
    public void close(MessageContext context) {}

    @Override
    public Set<QName> getHeaders() {
      return Set.of();
    }
  }
}
